"""Which passes a run makes, in which order, and who gets which weights, rates, states and noise."""

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian import datasets
from dfc_brian.errors import Diverged
from dfc_brian.learning import feedback
from dfc_brian.network.weights import generator
from dfc_brian.training.schedule import schedule

LEARNED = {
    "learning.method": "dfc-ssa",
    "learning.feedback": "learned",
    "train.device": "numpy",
    "network.sizes": [64, 6, 10],
    "data.train": 100,
    "train.batch_size": 30,
    "train.epochs": 2,
    "traces.images": [],
    "feedback.pretraining": 2,
    "feedback.before": 1,
    "feedback.after": 2,
    "feedback.pretraining_rate": 1e-4,
    "feedback.rate": 1e-5,
}


def digits(**changes):
    return dfc.Recipe.load("digits", LEARNED | changes)


class Sleeper:
    """Feedback learning that adds the rate to q1 and counts; it notes what it is given."""

    minibatches, steps, cached, seconds, learned = 3, 10, None, 0.0, ["q1", "q2"]
    calls, spoilt = [], None

    def __init__(self, network):
        self.weights, self.state = dict(network.weights), self.initial_state()

    def initial_state(self):
        return {"q1.adam_n": np.zeros(1, int)}

    def block(self, minibatches, rate, key):
        self.state = {"q1.adam_n": self.state["q1.adam_n"] + len(minibatches)}
        self.calls.append((key, rate, [len(x) for x in minibatches], int(self.state["q1.adam_n"][0]), minibatches))
        self.weights["q1"] = self.weights["q1"] + rate
        if key == self.spoilt and len(minibatches) > 1:
            self.weights["q1"][0, 0] = np.nan


@pytest.fixture
def sleeper(monkeypatch):
    monkeypatch.setattr(feedback, "FeedbackLearner", Sleeper)
    monkeypatch.setattr(Sleeper, "calls", [])
    return Sleeper


def test_the_published_schedule():
    """reference: pretraining, then each epoch one pass asleep, one of the forward weights, two more asleep."""
    passes = schedule(digits())
    assert [each.kind for each in passes] == ["sleep"] * 2 + ["sleep", "forward", "sleep", "sleep"] * 2
    assert [each.epoch for each in passes] == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert [each.number for each in passes if each.kind == "sleep"] == list(range(1, 9))
    assert [each.number for each in passes if each.kind == "forward"] == [1, 2]
    assert [each.closes for each in passes] == [False] * 5 + [True] + [False] * 3 + [True]
    assert [each.title for each in passes[:4]] == ["sleep 1/2", "sleep 2/2", "epoch 1, sleep 1/3", "epoch 1"]


@pytest.mark.parametrize(
    "changes", [{"learning.feedback": "fixed"}, {"learning.method": "bp"}, {"learning.method": "gn"}]
)
def test_without_learned_feedback_there_is_no_sleep(changes):
    assert [(each.kind, each.closes) for each in schedule(digits(**changes))] == [("forward", True)] * 2


def test_orders_are_keyed_by_seed_kind_and_pass():
    recipe = digits()
    forward, asleep = (next(each for each in schedule(recipe) if each.kind == kind) for kind in ("forward", "sleep"))
    for each, purpose in ((forward, "order"), (asleep, "sleep order")):
        wanted = generator(42, purpose, 1).permutation(100)
        assert np.array_equal(np.concatenate(sum(each.order(recipe, 100), [])), wanted)


def test_who_gets_what(tmp_path, sleeper):
    recipe = digits()
    run = dfc.train(recipe, out=tmp_path / "run")
    keys, rates, sizes, counts, _ = zip(*sleeper.calls, strict=True)
    assert keys == tuple((number, block) for number in range(1, 9) for block in (1, 2)), "noise of its own for each"
    assert rates == (1e-4,) * 4 + (1e-5,) * 12
    assert sizes == ([30, 30, 30], [10]) * 8
    assert counts[:6] == (3, 4, 7, 8, 3, 4), "Adam starts anew after pretraining"
    assert counts[-1] == 24
    grown = run.weights["q1"] - dfc.Network(recipe).weights["q1"]
    assert np.allclose(grown, 4 * 1e-4 + 12 * 1e-5, rtol=1e-9), "the forward learner leaves them as they are"
    x = datasets.load(recipe.data).x_train
    first = np.concatenate([x for call in sleeper.calls[:2] for x in call[4]])
    assert np.array_equal(first, x[generator(42, "sleep order", 1).permutation(100)])
    assert [row["epoch"] for row in run.sleep] == [0, 0, 1, 1, 1, 2, 2, 2]
    assert [row["pass"] for row in run.sleep] == list(range(1, 9))
    assert all(0 < row["condition_2"] <= 1 for row in run.sleep)
    assert run.metrics[-1]["condition_2"] == run.sleep[-1]["condition_2"]


def test_feedback_weights_that_diverge_are_named(tmp_path, sleeper, monkeypatch):
    monkeypatch.setattr(sleeper, "spoilt", (4, 1))
    with pytest.raises(Diverged, match=r"epoch 1, sleep 2/3, block 1, minibatch 2\n(.|\n)*weights q1\n"):
        dfc.train(digits(), out=tmp_path / "run")
    kept = dfc.load_run(tmp_path / "run")
    assert all(np.isfinite(value).all() for value in kept.weights.values()) and len(kept.sleep) == 3
