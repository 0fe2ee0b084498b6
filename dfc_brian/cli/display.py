"""What a run shows while it trains: a bar on a terminal, plain lines in a log, or nothing.

All take the calls of `dfc_brian.training.Quiet`. Errors are fractions and are shown in per cent.
"""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from dfc_brian.cli import table
from dfc_brian.cli.remaining import Remaining, duration
from dfc_brian.methods import METHODS
from dfc_brian.models import quantities

EVERY = 30.0
"""Seconds between two lines of a log within a pass."""


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

    def start(self, recipe, folder, passes, done=0): ...

    def compiled(self, seconds, cached): ...

    def block(self, now, block, minibatches, seconds, loss=None, error=None): ...

    def slept(self, now, row): ...

    def epoch(self, row): ...

    def note(self, text): ...

    def finish(self, folder, row):
        print(folder, flush=True)


class Lines(Silent):
    """Plain lines: one for each epoch and each pass of pretraining, and one every `EVERY` seconds within a pass."""

    def __init__(self):
        self._shown = time.monotonic()
        self._columns, self._headed, self._left = list(table.COLUMNS), False, Remaining([])

    def say(self, text=""):
        """Write a line."""
        print(text, flush=True)

    def opening(self, recipe):
        """Say what is going to run."""
        learning, train = recipe.learning, recipe.train
        self.say(recipe.description)
        epochs = f"{train.epochs} epoch{'s' * (train.epochs != 1)}"
        feedback = f"{learning.feedback} feedback, " if METHODS[learning.method].feedback else ""
        self.say(
            f"{learning.method}, {feedback}{epochs} in minibatches of "
            f"{train.batch_size}, seed {train.seed}, {train.device}, {train.precision}"
        )
        if taken := _times(recipe):
            self.say(f"{recipe.neuron_model.name} with the times of its model file: {taken}")

    def preparing(self):
        """Say what the first wait is for."""
        self.say("preparing the simulation: compiled the first time, found again later")

    def compiled(self, seconds, cached):
        """Say how long the program took to compile, or that it was found."""
        self.say("compiled program found in the cache" if cached else f"compiled in {seconds:.1f} s")

    def start(self, recipe, folder, passes, done=0):
        """Say where the results go and, if blocks are done already, where the run goes on."""
        self._columns, self._left = table.columns(recipe), Remaining(passes)
        self._left.skip(passes, done)
        self._shown = time.monotonic()
        self.say(f"results in {folder}")
        for now in passes if done else ():
            if done < now.blocks:
                self.say(f"going on in {now.title}, block {done + 1} of {now.blocks}")
                break
            done -= now.blocks

    def block(self, now, block, minibatches, seconds, loss=None, error=None):
        """Say now and then how far the pass is."""
        self._left.add(now, minibatches, seconds)
        if time.monotonic() - self._shown < EVERY:
            return
        self._shown = time.monotonic()
        state = ", ".join([*_state(now, minibatches, seconds, loss, error), f"{duration(self._left.seconds)} left"])
        self.say(f"{now.title}: block {block} of {now.blocks}, {state}")

    def slept(self, now, row):
        """Write a line for a pass of pretraining."""
        if not now.epoch:
            self._shown = time.monotonic()
            found = f"condition 2 {row['condition_2']:.3f}, " if "condition_2" in row else ""
            self.say(f"{now.title}: {found}{row['seconds']:.1f} s")

    def epoch(self, row):
        """Write a row of the table, the first below its head."""
        self._shown = time.monotonic()
        if not self._headed:
            self.say(table.head(self._columns))
            self._headed = True
        self.say(table.line(self._columns, row))

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
            console=self.console,
            transient=True,
        )
        self._task, self._titles, self._next, self._now = None, {}, {}, None

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

    def start(self, recipe, folder, passes, done=0):
        """Show the bar, whose length is work: minibatches and their time steps."""
        super().start(recipe, folder, passes, done)
        if self._task is not None:
            self._bar.remove_task(self._task)
        epochs = recipe.train.epochs
        self._titles = {
            each: each.title.replace(f"epoch {each.epoch}", f"epoch {each.epoch}/{epochs}") for each in passes
        }
        self._next = dict(zip(passes, passes[1:], strict=False))
        whole = Remaining(passes).work
        self._task = self._bar.add_task("", total=whole, completed=whole - self._left.work, state="")

    def block(self, now, block, minibatches, seconds, loss=None, error=None):
        """Move the bar, and say what is being done from here on."""
        self._left.add(now, minibatches, seconds)
        self._now, what = now, self._titles[now]
        if block == now.blocks:
            what = "evaluating, recording" if now.closes else self._titles[self._next[now]]
        state = "  ".join([*_state(now, minibatches, seconds, loss, error), f"{duration(self._left.seconds)} left"])
        self._bar.update(self._task, advance=minibatches * (now.steps or 1), description=what, state=state)

    def epoch(self, row):
        """Write a row of the table; the next pass begins."""
        super().epoch(row)
        if self._now in self._next:
            self._bar.update(self._task, description=self._titles[self._next[self._now]])


def _times(recipe):
    """The times that the recipe has from the neuron's set of parameters."""
    found = {key: getattr(recipe, key.split(".")[0]) for key in recipe.neuron_model.suggested}
    values = {key: dict(table).get(key.split(".")[1]) for key, table in found.items()}
    own = recipe.neuron_model.suggested.items()
    return ", ".join(f"{key} = {text}" for key, text in own if values[key] == quantities.parse(text))


def _state(now, minibatches, seconds, loss, error):
    """Loss, error and speed of a block, as far as it has them."""
    count, unit = (minibatches * now.steps, "steps/s") if now.steps else (minibatches, "minibatches/s")
    parts = [None if loss is None else f"loss {loss:.4g}", None if error is None else f"error {error:.2%}"]
    return [part for part in parts if part] + [f"{count / max(seconds, 1e-9):.0f} {unit}"]
