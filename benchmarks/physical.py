"""The physical neurons beside the dimensionless one on MNIST: test error after 100 minibatches from the same seed.

    python -m benchmarks.physical --data-dir DIR --out benchmarks/evidence/physical.json

The one-way neuron is the dimensionless one with its time constant (`dfc_brian.physical`); "tau_v 10 ms" is the
recipe's own. With two-way dendrites changes are smaller by a factor, which Adam takes out again.
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
from dfc_brian.physical import default

NETWORKS = {
    "pyramidal, tau_v 10 ms": {},
    "pyramidal, tau_v as below": {"neuron.tau_v": default().unit["time"]},
    "pyramidal_conductance": {"network.neuron": "pyramidal_conductance"},
    "pyramidal_conductance_push_pull": {"network.neuron": "pyramidal_conductance_push_pull"},
    "pyramidal_conductance_two_way": {"network.neuron": "pyramidal_conductance_two_way"},
}


def main(
    data_dir: Annotated[Path | None, typer.Option()] = None,
    minibatches: int = 100,
    precisions: str = "float64,float32",
    networks: Annotated[str, typer.Option(help="So many of the networks, or all.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Where the numbers are written as JSON.")] = None,
) -> None:
    """Learn, print, and keep."""
    found = {}
    for precision in precisions.split(","):
        for name in list(NETWORKS)[: None if networks == "all" else int(networks)]:
            found[f"{name}, {precision}"] = learn(NETWORKS[name], precision, minibatches, data_dir)
            print(f"{name}, {precision}: {found[f'{name}, {precision}']}", flush=True)
    if out:
        out.write_text(json.dumps({"minibatches": minibatches, **found}, indent=1) + "\n", encoding="utf-8")


def learn(changes: dict, precision: str, count: int, data_dir: Path | None) -> dict[str, float]:
    """Test error, test loss, and the share of samples that settled."""
    recipe = dfc.Recipe.load("mnist", {"train.precision": precision, **changes})
    data = datasets.load(recipe.data, data_dir=data_dir)
    order, size = np.random.default_rng(0).permutation(len(data.x_train)), recipe.train.batch_size
    parts = [order[k * size : (k + 1) * size] for k in range(count)]
    learner, settled = Learner(dfc.Network(recipe)), []
    for first in range(0, count, learner.minibatches):
        block = [(data.x_train[part], data.y_train[part]) for part in parts[first : first + learner.minibatches]]
        settled.append(learner.block(block).converged.mean())
    output = feedforward.output(learner.weights, recipe.activations, data.x_test)
    return {
        "test_error": float((output.argmax(1) != data.y_test).mean()),
        "test_loss": float(feedforward.cross_entropy(output, data.y_test).mean()),
        "converged": float(np.mean(settled)),
    }


if __name__ == "__main__":
    typer.run(main)
