"""Progress on a terminal and in a log."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from dfc_brian import Recipe
from dfc_brian.cli import display

ROW = {"epoch": 1, "train_loss": 0.25, "train_error": 0.5, "test_error": 0.125, "seconds": 2.0}


@pytest.fixture(scope="module")
def recipe():
    return Recipe.load("digits")


def show(progress, recipe):
    with progress:
        progress.opening(recipe)
        progress.compiled(0.1, True)
        progress.start(recipe, Path("there"), 2, 3, 4)
        for block in (1, 2, 3):
            progress.block(1, block, 0.75, 0.5, 1000, 0.5)
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
        "epoch 1/2",
        "loss 0.75",
        "error 50.00%",
        "2000 steps/s",
        "left",
        "12.50%",
        "there",
    ):
        assert part in text


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
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch 1: block")]
    assert lines == ["epoch 1: block 2 of 3, loss 0.75, error 50.00%, 2000 steps/s, 1 min left"]


def test_a_row_without_some_numbers_stays_aligned(recipe, capsys):
    show(display.Lines(), recipe)
    lines = capsys.readouterr().out.splitlines()
    header = next(index for index, line in enumerate(lines) if "train loss" in line)
    assert len(lines[header]) == len(lines[header + 1]) and "12.50%" in lines[header + 1]
