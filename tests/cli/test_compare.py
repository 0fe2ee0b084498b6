"""Comparisons: what is run and what reused, and every number against hand computation.

Most with a training that only leaves the files of a run.
"""

import csv
import json
import statistics
from pathlib import Path

import numpy as np
import pytest

import dfc_brian as dfc
from dfc_brian import environment, training
from dfc_brian.comparison import compare, values
from dfc_brian.errors import BadInput, Diverged
from dfc_brian.plots import comparison as figure

PUBLISHED = (
    '[published]\nmetric = "test_error"\n[published.values]\n"bp" = [0.02, 0.001]\n"dfc learned" = [0.03, 0.002]\n'
)
LEVEL = {"bp": 0.02, "dfa": 0.08, "dfc": 0.04}
EPOCHS = 4


def row(method, feedback, seed, epoch):
    """What the stand-in for training reports. Validation is best at epoch 3, the test error at epoch 4."""
    test = LEVEL[method] * (1 + 0.1 * (feedback == "learned")) + 0.001 * (seed % 10) + 0.01 * (EPOCHS - epoch)
    validation = 0.01 * abs(epoch - 3) + 0.05
    return {
        "epoch": epoch, "train_loss": 2.0 / epoch, "train_error": test, "validation_loss": validation,
        "validation_error": validation, "test_loss": test, "test_error": test, "converged": 1.0, "seconds": 2.0,
    }  # fmt: skip


class Trainer:
    """A stand-in for training: leaves recipe, status and metrics; fails where `fails` says so."""

    def __init__(self):
        self.calls, self.fails, self.resumed = [], {}, []

    def __call__(self, recipe, out, data_dir=None, progress=None, resume=False):
        learning, seed = recipe.learning, recipe.train.seed
        self.calls.append(recipe)
        self.resumed += [Path(out)] if resume else []
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=resume)
        (folder / "recipe.toml").write_text(recipe.to_toml())
        (folder / "environment.json").write_text(json.dumps(environment.describe()))
        error = self.fails.get((learning.method, seed))
        rows = [row(learning.method, learning.feedback, seed, epoch) for epoch in range(1, recipe.train.epochs + 1)]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows[: 1 if error else None]))
        state = "done" if error is None else "diverged" if isinstance(error, Diverged) else "interrupted"
        (folder / "status.json").write_text(json.dumps({"state": state, "epoch": 1, "reason": str(error or "")}))
        if error:
            raise error
        progress.note(f"trained {learning.method}")
        return dfc.load_run(folder)


@pytest.fixture
def trainer(monkeypatch, tmp_path):
    """The stand-in, in an empty folder with a recipe table.toml that has published values."""
    return _trainer(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A whole comparison with three seeds."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        _trainer(patch, folder)
        return three(out=folder / "there")


def _trainer(patch, folder):
    stub = Trainer()
    patch.setattr(training, "train", stub)
    patch.chdir(folder)
    Path("table.toml").write_text(dfc.Recipe.load("digits", {"train.epochs": EPOCHS}).to_toml() + "\n" + PUBLISHED)
    Path("table.toml").write_text(Path("table.toml").read_text().replace('name = "digits"', "", 1))
    return stub


@pytest.fixture
def command(trainer, compare_command):
    return compare_command


def three(**more):
    return compare("table.toml", ["bp", "dfa", "dfc"], ["fixed", "learned"], **{"seeds": 3} | more)


def two(**more):
    return compare("table.toml", ["bp", "dfa"], ["fixed"], **more)


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_each_method_with_the_feedback_that_it_allows_and_each_seed(finished, trainer):
    assert [variant.name for variant in finished.variants] == ["bp", "dfa fixed", "dfc fixed", "dfc learned"]
    assert [job.seed for job in finished.jobs] == [42] * 4 + [43] * 4 + [44] * 4
    for job in finished.jobs:
        learning = job.recipe.learning
        assert (learning.method, job.variant.feedback) in ((job.variant.method, learning.feedback), ("bp", None))
        assert dfc.load_run(next(each.run.folder for each in finished.outcomes if each.job == job)).recipe == job.recipe
    chosen = compare("table.toml", ["dfc"], ["learned"], seeds=[9, 1], overrides={"train.epochs": 2})
    assert [(each.train.seed, each.learning.feedback, each.train.epochs) for each in trainer.calls] == [
        (9, "learned", 2), (1, "learned", 2)
    ]  # fmt: skip
    assert chosen.seeds == [9, 1]


def test_the_value_is_that_of_the_epoch_with_the_best_validation(finished):
    for outcome in finished.outcomes:
        rows = [row(outcome.variant.method, outcome.variant.feedback, outcome.seed, epoch) for epoch in range(1, 5)]
        assert outcome.best["epoch"] == 3
        assert outcome.value == rows[2]["test_error"] and outcome.last == rows[3]["test_error"] < outcome.value


def test_mean_and_sample_deviation_over_seeds_beside_what_is_published(finished):
    for each in finished.summary:
        numbers = [outcome.value for outcome in finished.outcomes if outcome.variant == each.variant]
        mean = sum(numbers) / 3
        deviation = (sum((number - mean) ** 2 for number in numbers) / 2) ** 0.5
        assert each.value == pytest.approx((mean, deviation), rel=1e-12) and deviation > 0
    published = {each.variant.name: each.published for each in finished.summary}
    assert published == {"bp": (0.02, 0.001), "dfa fixed": None, "dfc fixed": None, "dfc learned": (0.03, 0.002)}


def test_the_table_as_it_is_read(finished):
    text = repr(finished)
    lines = {line.split("  ")[0].strip(): line for line in text.splitlines()}
    # bp: 0.02 + 0.01 at epoch 3, and 0.002, 0.003, 0.004 for the seeds 42, 43, 44
    assert "3.30 ± 0.10 %" in lines["bp"] and "2.30 ± 0.10 %" in lines["bp"] and "2.00 ± 0.10 %" in lines["bp"]
    assert "3.00 ± 0.20 %" in lines["dfc learned"] and lines["dfa fixed"].split()[-3:] == ["-", "8.0", "s"]
    assert "seeds 42, 43, 44" in text and "at best validation" in text


def test_one_seed_has_no_deviation(trainer):
    result = three(seeds=1)
    assert [each.value.std for each in result.summary] == [None] * 4
    assert "3.20 %" in repr(result) and "3.20 ±" not in repr(result)
    assert read(result.folder / "summary.csv")[0]["std"] == ""
    assert result.folder.parent == Path("runs/table") and result.folder.name.startswith("compare-")


def test_the_files_hold_the_numbers(finished):
    names = {path.name for path in finished.folder.iterdir()}
    assert names == {"comparison.csv", "summary.csv", "comparison.png", "runs"}
    runs, variants = read(finished.folder / "comparison.csv"), read(finished.folder / "summary.csv")
    for line, outcome in zip(runs, finished.outcomes, strict=True):
        assert (line["variant"], int(line["seed"]), line["state"]) == (outcome.variant.name, outcome.seed, "done")
        assert (int(line["best_epoch"]), float(line["value"]), float(line["last"])) == (3, outcome.value, outcome.last)
        assert (line["metric"], int(line["epochs"]), float(line["seconds"])) == ("test_error", 4, 8.0)
        assert dfc.load_run(finished.folder / line["folder"]).recipe == outcome.job.recipe
    for line, each in zip(variants, finished.summary, strict=True):
        assert (line["variant"], line["n"], line["failed"]) == (each.variant.name, "3", "0")
        assert (float(line["mean"]), float(line["std"])) == each.value
    assert [line["published_mean"] for line in variants] == ["0.02", "", "", "0.03"]


def test_runs_that_exist_are_reused(trainer):
    first = two(seeds=1)
    trainer.calls.clear()
    again = two(seeds=1)
    assert trainer.calls == []
    assert [each.value for each in again.outcomes] == [each.value for each in first.outcomes]
    assert {each.origin for each in again.outcomes} == {"reused"} and again.folder != first.folder
    more = two(seeds=2, out="elsewhere")
    assert [each.train.seed for each in trainer.calls] == [43] * 2
    assert {path.parent for path in Path("elsewhere").glob("runs/*/recipe.toml")} == {
        each.run.folder for each in more.outcomes if each.seed == 43
    }
    trainer.calls.clear()
    two(seeds=2, out="elsewhere")
    assert trainer.calls == []


def test_a_run_of_another_version_is_not_reused(trainer):
    first = two(seeds=1)
    path = first.outcomes[0].run.folder / "environment.json"
    made = json.loads(path.read_text())
    path.write_text(json.dumps(made | {"packages": {"dfc-brian": "0.0.1"}}))
    trainer.calls.clear()
    two(seeds=1)
    assert [each.learning.method for each in trainer.calls] == [first.outcomes[0].job.recipe.learning.method]


def test_what_computes_something_else_is_another_run(trainer):
    two(seeds=1)
    trainer.calls.clear()
    two(seeds=1, overrides={"learning.rate": 1e-3, "description": "faster"})
    assert len(trainer.calls) == 2
    two(seeds=1, overrides={"learning.rate": 1e-3, "description": "quicker"})
    assert len(trainer.calls) == 2


def test_an_interrupted_run_goes_on_and_a_diverged_one_is_not_repeated(trainer):
    trainer.fails = {("dfa", 42): KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        three(seeds=1)
    (begun,) = Path("runs/table").glob("*-dfa-seed42")
    trainer.calls.clear()
    trainer.fails = {("dfc", 42): Diverged("the network diverged in epoch 1\n  got: NaN")}
    result = three(seeds=1)
    assert [each.learning.method for each in trainer.calls] == ["dfa", "dfc", "dfc"] and trainer.resumed == [begun]
    assert [each.origin for each in result.outcomes] == ["reused", "resumed", "trained", "trained"]
    trainer.calls.clear()
    result = three(seeds=1)
    assert trainer.calls == [] and [each.state for each in result.failed] == ["diverged"] * 2
    assert f"remove {result.failed[0].run.folder}" in result.failed[0].problem


def test_what_cannot_go_on_begins_anew(trainer, monkeypatch):
    trainer.fails = {("bp", 42): KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        three(seeds=1)
    trainer.fails = {}

    def refuse(recipe, out, resume=False, **options):
        if resume:
            raise BadInput("a checkpoint of another version")
        return trainer(recipe, out, **options)

    monkeypatch.setattr(training, "train", refuse)
    result = three(seeds=1)
    assert [each.origin for each in result.outcomes] == ["trained"] * 4 and not result.failed
    assert len(list(Path("runs/table").glob("*-bp-seed42*"))) == 2


def test_a_run_that_fails_is_reported_and_the_others_go_on(trainer):
    trainer.fails = {("bp", 43): Diverged("the network diverged in epoch 1\n  got: NaN"), ("dfa", 42): TypeError("oh")}
    result = three(seeds=2)
    assert [(each.job.variant.name, each.seed, each.state) for each in result.failed] == [
        ("dfa fixed", 42, "failed"), ("bp", 43, "diverged")
    ]  # fmt: skip
    assert [len(each.outcomes) for each in result.summary] == [1, 1, 2, 2]
    text = repr(result)
    assert "bp, seed 43: diverged: the network diverged in epoch 1" in text and "TypeError: oh" in text
    lines = read(result.folder / "comparison.csv")
    assert [line["value"] for line in lines if line["state"] != "done"] == ["", ""]
    assert "NaN" in lines[4]["problem"] and len(lines) == 8


def test_losses_are_judged_by_their_own(trainer):
    rows = [
        {"epoch": 1, "validation_error": 0.3, "validation_loss": 0.2, "train_loss": 1e-6, "test_loss": 0.5},
        {"epoch": 2, "validation_error": 0.1, "validation_loss": 0.4, "train_loss": 3e-7, "test_loss": 0.7},
        {"epoch": 3, "validation_error": 0.1, "validation_loss": 0.2, "train_loss": 4e-7, "test_loss": 0.6},
    ]
    best = {metric: values.best(rows, metric)["epoch"] for metric in ("test_error", "test_loss", "train_loss")}
    assert best == {"test_error": 2, "test_loss": 1, "train_loss": 2}  # of equal ones the first


def test_numbers_as_the_field_writes_them():
    spread = values.spread([0.0225 - 0.00094, 0.0225, 0.0225 + 0.00094])
    assert spread.std == pytest.approx(0.00094, rel=1e-12)
    assert values.text(spread, "test_error") == "2.25 ± 0.09 %"
    assert values.text(values.Spread(0.0942, 0.0009), "test_loss") == "(9.42 ± 0.09)e-2"
    assert values.text(values.Spread(7.61e-8, None), "train_loss") == "7.61e-8"
    assert values.text(values.Spread(1.25, 0.5), "test_loss") == "1.25 ± 0.50"
    assert values.text(None, "test_error") == "-"
    assert values.spread([]) is None
    assert values.spread([1, 2, 4]) == (7 / 3, statistics.stdev([1, 2, 4]))


def test_the_figure_has_mean_and_published_values(finished):
    loss, error = figure.draw(finished).axes
    lines = {line.get_color(): line for line in error.lines if len(line.get_xdata()) == EPOCHS}
    assert len(lines) == 4 and len(error.collections) == 4
    wanted = [
        100 * np.mean([row("bp", "fixed", seed, epoch)["test_error"] for seed in (42, 43, 44)]) for epoch in range(1, 5)
    ]
    np.testing.assert_allclose(lines["#000000"].get_ydata(), wanted, rtol=1e-12)
    dashed = [line.get_ydata()[0] for line in error.lines if len(line.get_xdata()) == 2]
    assert dashed == [2.0, 3.0]
    assert {text.get_text().split("  ")[0] for text in error.texts} == {"bp", "dfa fixed", "dfc fixed", "dfc learned"}
    assert "loss" in loss.get_ylabel() and "%" in error.get_ylabel()


def test_names_beside_curves_never_overlap():
    placed = figure._apart([-0.1, 0.5, 0.501, 0.502, 0.99, 1.0])
    gaps = np.diff(placed)
    assert min(gaps) >= figure.GAP - 1e-12 and min(placed) >= 0 and max(placed) <= 1 + 1e-12
    np.testing.assert_allclose(placed[1:4], [0.501 - figure.GAP, 0.501, 0.501 + figure.GAP], rtol=1e-12)
    np.testing.assert_allclose(figure._apart([0.1, 0.5]), [0.1, 0.5], rtol=1e-12)


def test_the_command_shows_runs_table_and_folder(command, trainer):
    result = command("table.toml", "--methods", "bp, dfc", "--feedback", "fixed", "--seeds", "5,7", "--epochs", "3",
                     "--train-size", "99", "--batch-size", "11", "--precision", "float32", "--device", "numpy",
                     "--set", "controller.k_p=0", "--out", "there")  # fmt: skip
    assert (result.code, result.err) == (0, "")
    recipe = trainer.calls[0]
    assert (recipe.train.epochs, recipe.data.train, recipe.train.batch_size) == (3, 99, 11)
    assert (recipe.train.precision, recipe.train.device, recipe.controller["k_p"]) == ("float32", "numpy", 0.0)
    assert [each.train.seed for each in trainer.calls] == [5, 5, 7, 7]
    for text in ("run 1 of 4: bp, seed 5", "trained dfc", "left for all", "at best validation", "results in there"):
        assert text in result.out
    again = command("table.toml", "--methods", "bp", "--seeds", "5,7", "--epochs", "3", "--train-size", "99",
                    "--batch-size", "11", "--precision", "float32", "--device", "numpy", "--set", "controller.k_p=0",
                    "--out", "there", "--quiet")  # fmt: skip
    assert (again.code, again.out, len(trainer.calls)) == (0, "there\n", 4)


def test_the_command_leaves_with_70_if_a_run_failed(command, trainer):
    trainer.fails = {("bp", 42): Diverged("the network diverged")}
    result = command("table.toml", "--methods", "bp,dfa", "--seeds", "1")
    assert result.code == 70 and "bp, seed 42: diverged: the network diverged" in result.out


def test_ctrl_c_says_how_to_go_on(command, trainer):
    trainer.fails = {("bp", 42): KeyboardInterrupt()}
    result = command("table.toml", "--methods", "bp,dfa", "--seeds", "1")
    assert result.code == 130 and "the same command goes on" in result.err and "Traceback" not in result.err


def test_help_names_every_option(command):
    result = command("--help")
    names = "methods feedback seeds preset epochs train-size batch-size device precision set data-dir out quiet"
    for option in names.split():
        assert f"--{option} " in result.out


SMALL = {"data.train": 96, "train.epochs": 1, "train.device": "numpy", "presentation.duration": "30 ms",
         "presentation.drop_unconverged": False, "traces.images": []}  # fmt: skip


def test_real_runs_of_a_seed_begin_with_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = compare("digits", ["bp", "dfa", "dfc"], ["fixed"], [3], SMALL)
    assert not result.failed and len(result.outcomes) == 3
    first = [dfc.Network(job.recipe).weights for job in result.jobs]
    for name in ("w1", "w2", "w3", "b1"):
        a, *others = [weights[name] for weights in first]
        assert len(others) == 2 and all(np.array_equal(a, other) for other in others)
    weights = [outcome.run.weights["w1"] for outcome in result.outcomes]
    assert not any(np.array_equal(weights[0], other) for other in weights[1:])
    assert {outcome.origin for outcome in compare("digits", ["bp"], ["fixed"], [3], SMALL).outcomes} == {"reused"}
