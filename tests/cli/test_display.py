"""Progress on a terminal and in a log."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from dfc_brian import Recipe
from dfc_brian.cli import display, table
from dfc_brian.cli.remaining import Remaining, duration
from dfc_brian.training.schedule import Pass

ROW = {"epoch": 1, "train_loss": 0.25, "train_error": 0.5, "test_error": 0.125, "seconds": 2.0}
ASLEEP = Pass("sleep", 0, 1, 1, 2, minibatches=30, per_block=10, steps=10)
FORWARD = [Pass("forward", epoch, epoch, closes=True, minibatches=30, per_block=10, steps=100) for epoch in (1, 2)]


@pytest.fixture(scope="module")
def recipe():
    return Recipe.load("digits", {"train.epochs": 2})


def show(progress, recipe, done=0):
    with progress:
        progress.opening(recipe)
        progress.compiled(0.1, True)
        progress.start(recipe, Path("there"), [ASLEEP, *FORWARD], done)
        for block in (1, 2, 3):
            progress.block(ASLEEP, block, 10, 0.05)
        progress.slept(ASLEEP, {"epoch": 0, "pass": 1, "condition_2": 0.456, "seconds": 0.15})
        for block in (1, 2, 3):
            progress.block(FORWARD[0], block, 10, 0.5, 0.75, 0.5)
        progress.epoch(ROW)
        progress.finish(Path("there"), ROW)


def test_a_terminal_shows_a_bar_with_loss_error_speed_and_time_left(recipe):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    show(display.Bar(console), recipe)
    text = screen.getvalue()
    for part in (
        "preparing",
        "cache",
        "sleep 1/2",
        "sleep 1/2: condition 2 0.456",
        "epoch 2/2",
        "loss 0.75",
        "error 50.00%",
        "2000 steps/s",
        "2 s left",
        "12.50%",
        "there",
    ):
        assert part in text, part


def test_a_bar_is_gone_after_an_error(recipe):
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = display.Bar(console)
    with pytest.raises(KeyboardInterrupt), progress:
        progress.opening(recipe)
        raise KeyboardInterrupt
    assert not progress._bar.live.is_started


def test_a_log_shows_lines_now_and_then(recipe, capsys, monkeypatch):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr(display.time, "monotonic", lambda: next(clock))
    show(display.Lines(), recipe)
    lines = [line for line in capsys.readouterr().out.splitlines() if ": block" in line]
    assert lines == [
        "sleep 1/2: block 2 of 3, 2000 steps/s, 3 s left",
        "epoch 1: block 2 of 3, loss 0.75, error 50.00%, 2000 steps/s, 2 s left",
    ]


def test_a_run_that_goes_on_says_where(recipe, capsys):
    show(display.Lines(), recipe, done=4)
    assert "going on in epoch 1, block 2 of 3" in capsys.readouterr().out.splitlines()


def test_a_row_without_some_numbers_stays_aligned(recipe, capsys):
    show(display.Lines(), recipe)
    lines = capsys.readouterr().out.splitlines()
    header = next(index for index, line in enumerate(lines) if "train loss" in line)
    assert len(lines[header]) == len(lines[header + 1]) and "12.50%" in lines[header + 1]


def test_columns_are_those_that_say_something(recipe):
    assert table.columns(recipe) == [
        "epoch", "train_loss", "train_error", "validation_error", "test_error", "converged", "seconds"
    ]  # fmt: skip
    learned = Recipe.load("digits", {"learning.method": "dfc-ssa", "learning.feedback": "learned"})
    assert "condition_2" in table.columns(learned) and "converged" not in table.columns(learned)
    regression = Recipe.load("student_teacher", {"learning.method": "bp"})
    assert table.columns(regression) == ["epoch", "train_loss", "validation_loss", "test_loss", "seconds"]


def test_the_time_left_is_that_of_each_kind_of_pass():
    left = Remaining([ASLEEP, *FORWARD])
    left.add(ASLEEP, 10, 1.0)
    assert left.seconds == pytest.approx(2.0 + 60 * 1.0, rel=1e-12), "0.1 s asleep, ten times the steps awake"
    left.add(FORWARD[0], 10, 5.0)
    assert left.seconds == pytest.approx(2.0 + 50 * 0.5, rel=1e-12), "as measured"
    left.skip([ASLEEP], 2)
    assert left.work == 50 * 100
    assert [duration(seconds) for seconds in (41.2, 720, 20000)] == ["41 s", "12 min", "5.6 h"]
