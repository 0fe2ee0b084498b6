"""What a run shows while it trains: a bar on a terminal, plain lines in a log, or nothing.

All take the calls of `dfc_brian.training.Quiet`. Errors are fractions and are shown in per cent.
"""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

COLUMNS = {
    "epoch": "{:>5.0f}",
    "train_loss": "{:>10.4g}",
    "train_error": "{:>11.2%}",
    "validation_error": "{:>16.2%}",
    "test_error": "{:>10.2%}",
    "converged": "{:>9.1%}",
    "seconds": "{:>7.1f}",
}
EVERY = 30.0
"""Seconds between two lines of a log within an epoch."""


def choose(quiet):
    """The display for standard output as it is."""
    if quiet:
        return Silent()
    return Bar() if sys.stdout.isatty() else Lines()


class Silent:
    """Shows the results folder only."""

    def __enter__(self):
        return self

    def __exit__(self, *exception): ...

    def opening(self, recipe): ...

    def preparing(self): ...

    def start(self, recipe, folder, epochs, blocks_per_epoch, minibatches_per_block): ...

    def compiled(self, seconds, cached): ...

    def block(self, epoch, block, loss, error, steps, seconds): ...

    def epoch(self, row): ...

    def note(self, text): ...

    def finish(self, folder, row):
        print(folder, flush=True)


class Lines(Silent):
    """Plain lines: one for each epoch, and one every `EVERY` seconds within an epoch."""

    def __init__(self):
        self._shown = self._began = time.monotonic()
        self._epochs = self._blocks = self._done = 0

    def say(self, text=""):
        """Write a line."""
        print(text, flush=True)

    def opening(self, recipe):
        """Say what is going to run."""
        learning, train = recipe.learning, recipe.train
        self.say(recipe.description)
        epochs = f"{train.epochs} epoch{'s' * (train.epochs != 1)}"
        self.say(
            f"{learning.method}, {learning.feedback} feedback, {epochs} in minibatches of "
            f"{train.batch_size}, seed {train.seed}, {train.device}, {train.precision}"
        )

    def preparing(self):
        """Say what the first wait is for."""
        self.say("preparing the simulation: compiled the first time, found again later")

    def compiled(self, seconds, cached):
        """Say how long the program took to compile, or that it was found."""
        self.say("compiled program found in the cache" if cached else f"compiled in {seconds:.1f} s")

    def start(self, recipe, folder, epochs, blocks_per_epoch, minibatches_per_block):
        """Say where the results go, and head the table."""
        self._epochs, self._blocks, self._done = epochs, blocks_per_epoch, 0
        self._shown = self._began = time.monotonic()
        self.say(f"results in {folder}")
        self.say("  ".join(_title(name) for name in COLUMNS))

    def block(self, epoch, block, loss, error, steps, seconds):
        """Say now and then how far the epoch is."""
        self._done += 1
        now = time.monotonic()
        if now - self._shown < EVERY:
            return
        self._shown = now
        left = (now - self._began) / self._done * (self._epochs * self._blocks - self._done)
        state = f"loss {loss:.4g}, error {error:.2%}, {_speed(steps, seconds)}, {left / 60:.0f} min left"
        self.say(f"epoch {epoch}: block {block} of {self._blocks}, {state}")

    def epoch(self, row):
        """Write a row of the table."""
        self._shown = time.monotonic()
        self.say("  ".join(_cell(name, row) for name in COLUMNS))

    def note(self, text):
        """Write a remark."""
        self.say(text)

    def finish(self, folder, row):
        """Say where the results are."""
        self.say(f"results in {folder}")


class Bar(Lines):
    """A progress bar with loss, error, speed and time left, below the table of epochs."""

    def __init__(self, console=None):
        super().__init__()
        self.console = console or Console(highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=self.console,
            transient=True,
        )
        self._task = None

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *exception):
        self._bar.stop()

    def say(self, text=""):
        """Write a line above the bar."""
        self.console.print(text, markup=False, soft_wrap=True)

    def opening(self, recipe):
        """Say what is going to run, and show that something is being done."""
        super().opening(recipe)
        self._task = self._bar.add_task("preparing", total=None, state="")

    def start(self, recipe, folder, epochs, blocks_per_epoch, minibatches_per_block):
        """Head the table and show the bar."""
        super().start(recipe, folder, epochs, blocks_per_epoch, minibatches_per_block)
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(f"epoch 1/{epochs}", total=epochs * blocks_per_epoch, state="")

    def block(self, epoch, block, loss, error, steps, seconds):
        """Move the bar."""
        last = (epoch, block) == (self._epochs, self._blocks)
        what = "evaluating, recording" if last else f"epoch {epoch}/{self._epochs}"
        state = f"loss {loss:.4g}  error {error:.2%}  {_speed(steps, seconds)}"
        self._bar.update(self._task, advance=1, description=what, state=state)


def _title(name):
    return name.replace("_", " ").rjust(len(COLUMNS[name].format(0)))


def _cell(name, row):
    return COLUMNS[name].format(row[name]) if name in row else "".rjust(len(_title(name)))


def _speed(steps, seconds):
    return f"{steps / max(seconds, 1e-9):.0f} steps/s"
