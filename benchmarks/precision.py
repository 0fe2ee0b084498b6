"""float32 against float64 late in training: updates and errors from the same trained weights.

    python -m benchmarks.precision RUN --data-dir DIR

RUN is the folder of a finished run whose training error is small. Its weights are taken as they are; the same
minibatches are then learned by continuous DFC in both precisions.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import dfc_brian as dfc
from dfc_brian import datasets, feedforward
from dfc_brian.learning.dfc import Learner

PRECISIONS = ("float64", "float32")


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a.ravel() @ b.ravel() / (np.linalg.norm(a) * np.linalg.norm(b)))


def main(
    run: Path,
    data_dir: Annotated[Path | None, typer.Option()] = None,
    shown: Annotated[int, typer.Option(help="Minibatches whose updates are compared.")] = 8,
    learned: Annotated[int, typer.Option(help="Minibatches that are learned in both precisions.")] = 100,
    settings: Annotated[list[str] | None, typer.Option("--set")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the numbers are written as JSON.")] = None,
) -> None:
    """Compare, print, and keep."""
    trained = dfc.load_run(run)
    changes = dict(text.split("=", 1) for text in settings or [])
    recipe = trained.recipe.replace({"learning.method": "dfc", **changes})
    data = datasets.load(recipe.data, data_dir=data_dir)
    order, size = np.random.default_rng(0).permutation(len(data.x_train)), recipe.train.batch_size
    minibatches = [(data.x_train[part], data.y_train[part]) for part in np.split(order, range(size, len(order), size))]
    train = np.concatenate([x for x, _ in minibatches[:100]]), np.concatenate([y for _, y in minibatches[:100]])

    def errors(weights) -> dict[str, float]:
        parts = {"train": train, "test": (data.x_test, data.y_test)}
        outputs = {part: feedforward.output(weights, recipe.activations, x) for part, (x, _) in parts.items()}
        found = {f"{part}_error": float((outputs[part].argmax(1) != y).mean()) for part, (_, y) in parts.items()}
        return found | {
            f"{part}_loss": float(feedforward.cross_entropy(outputs[part], parts[part][1]).mean()) for part in parts
        }

    found = {"recipe": recipe.name, "from": f"{trained.recipe.learning.method}, {len(trained.metrics)} epochs"}
    found["before"] = errors(trained.weights)
    updates, settled = {}, {}
    for precision in PRECISIONS:
        network = dfc.Network(recipe.replace({"train.precision": precision}), weights=trained.weights)
        seen = [network.present(x, y) for x, y in minibatches[:shown]]
        updates[precision] = [one.updates for one in seen]
        settled[precision] = float(np.mean([one.converged.mean() for one in seen]))
    pairs = list(zip(*updates.values(), strict=True))
    found["converged"] = settled
    found["update_cosine"] = {n: min(cosine(a[n], b[n]) for a, b in pairs) for n in pairs[0][0]}
    found["update_relative_difference"] = {
        n: max(float(np.linalg.norm(a[n] - b[n]) / np.linalg.norm(a[n])) for a, b in pairs) for n in pairs[0][0]
    }
    final = {}
    for precision in PRECISIONS:
        network = dfc.Network(recipe.replace({"train.precision": precision}), weights=trained.weights)
        learner, left = Learner(network), minibatches[:learned]
        for first in range(0, len(left), learner.minibatches):
            learner.block(left[first : first + learner.minibatches])
        final[precision] = learner.weights
        found[f"after {len(left)} minibatches, {precision}"] = errors(learner.weights)
    moved = {p: {n: final[p][n] - trained.weights[n] for n in learner.learned} for p in PRECISIONS}
    found["weight_change_cosine"] = {n: cosine(moved["float64"][n], moved["float32"][n]) for n in learner.learned}
    text = json.dumps(found, indent=1)
    print(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
