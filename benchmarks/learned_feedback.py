"""Continuous DFC against its steady state with learned feedback: the same seed, weights, samples and noise.

    python -m benchmarks.learned_feedback --data-dir DIR --out benchmarks/evidence/learned_feedback.json

2560 images of MNIST and the published constants; six sleep passes, then test errors after so many minibatches. One
run of the published code gave, with its own draw of the weights, 63.4 / 40.3 / 33.6 % for continuous DFC after 5, 10,
20 minibatches, 63.4 / 40.1 / 33.6 / 19.9 % for the steady state after 5, 10, 20, 40, and condition 2 from 0.224 to
0.341.
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
from dfc_brian.learning import learner
from dfc_brian.learning.feedback import FeedbackLearner
from dfc_brian.theory import condition_2
from dfc_brian.training.schedule import schedule

METHODS = ("dfc-ssa", "dfc-ss", "dfc")
MOMENTS = (5, 10, 20, 40)
TOGETHER = 5


def learn(method: str, precision: str, seed: int, images: int, passes: int, data_dir: Path | None) -> dict:
    """Test errors after `MOMENTS` minibatches, and condition 2 and the norm of Q after each sleep pass."""
    overrides = {
        "learning.method": method,
        "learning.feedback": "learned",
        "data.train": images,
        "feedback.pretraining": passes,
        "train.epochs": -(-MOMENTS[-1] * 128 // images),
        "train.precision": precision,
        "train.seed": seed,
    }
    recipe = dfc.Recipe.load("mnist", overrides, preset="paper")
    data = datasets.load(recipe.data, data_dir=data_dir)
    network = dfc.Network(recipe)
    forward, sleep = learner(network), FeedbackLearner(network)
    weights, seen, converged = dict(network.weights), 0, []
    found = {"condition_2": [_condition(recipe, weights, data)], "norm_of_q": [_norm(weights)], "test_error": {}}
    for now in schedule(recipe):
        minibatches = [part for block in now.order(recipe, len(data.x_train)) for part in block]
        if now.kind == "sleep":
            if now.number in (1, recipe.feedback.pretraining + 1):
                sleep.state = sleep.initial_state()
            rate = recipe.feedback.rate if now.epoch else recipe.feedback.pretraining_rate
            sleep.weights = dict(weights)
            for first in range(0, len(minibatches), sleep.minibatches):
                parts = minibatches[first : first + sleep.minibatches]
                sleep.block([data.x_train[part] for part in parts], rate=rate, key=(now.number, first))
            weights |= {name: sleep.weights[name] for name in sleep.learned}
            found["condition_2"].append(_condition(recipe, weights, data))
            found["norm_of_q"].append(_norm(weights))
            continue
        forward.weights = dict(weights)
        for first in range(0, len(minibatches), TOGETHER):
            parts = minibatches[first : first + TOGETHER]
            done = forward.block([(data.x_train[part], data.y_train[part]) for part in parts])
            converged.append(float(done.converged.mean()))
            seen += len(parts)
            if seen in MOMENTS:
                output = feedforward.output(forward.weights, recipe.activations, data.x_test)
                found["test_error"][seen] = float((output.argmax(1) != data.y_test).mean())
        weights |= {name: forward.weights[name] for name in forward.learned}
    return found | {"least_converged": min(converged)}


def _condition(recipe, weights, data) -> float:
    return round(float(condition_2(weights, recipe.activations, data.x_validation[:128])), 4)


def _norm(weights) -> float:
    return round(float(np.sqrt(sum((value**2).sum() for name, value in weights.items() if name[0] == "q"))), 3)


def main(
    data_dir: Annotated[Path | None, typer.Option()] = None,
    precision: str = "float64",
    seed: int = 42,
    images: int = 2560,
    passes: Annotated[int, typer.Option(help="Sleep passes before the first minibatch.")] = 6,
    methods: str = ",".join(METHODS),
    out: Annotated[Path | None, typer.Option(help="Where the numbers are written as JSON.")] = None,
) -> None:
    """Learn, print, and keep."""
    found = {"precision": precision, "seed": seed, "images": images, "passes": passes}
    for method in methods.split(","):
        found[method] = learn(method, precision, seed, images, passes, data_dir)
        print(method, json.dumps(found[method]), flush=True)
    if out:
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
