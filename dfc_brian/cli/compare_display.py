"""What a comparison shows while it runs: which run of how many, the epochs of each, and the time left."""

from dfc_brian.cli import display
from dfc_brian.comparison import Quiet, left, table


class Lines(Quiet):
    """A heading for each run, below it what `dfc_brian.run` shows, at the end the table."""

    def __init__(self):
        self._waiting = []

    def note(self, text):
        """Write a remark."""
        print(text, flush=True)

    def planned(self, result, waiting):
        """Say what is compared, and how much of it exists."""
        self._waiting, self._of = list(waiting), len(result.jobs)
        exist = len(result.jobs) - len(waiting)
        self.note(
            f"{', '.join(variant.name for variant in result.variants)}; seeds {', '.join(map(str, result.seeds))}"
        )
        self.note(f"{self._of} run{'s' * (self._of != 1)}" + (f", {exist} of them reused" if exist else ""))

    def begin(self, number, job, result):
        """Head a run."""
        seconds, known = left.time_left(result, self._waiting)
        ahead = f", {'' if known else 'more than '}{table.duration(seconds)} left for all" if seconds > 1 else ""
        self.note(f"\nrun {number} of {self._of}: {job}{ahead}")
        self._waiting.remove(job)
        return _Opened(job.recipe)

    def ended(self, number, outcome):
        """Say what was reused and what failed."""
        if outcome.origin == "reused":
            self.note(f"run {number} of {self._of}: {outcome.job}: reused from {outcome.run.folder}")
        if not outcome.done:
            self.note(f"{outcome.job}: {outcome.state}: {outcome.problem}")

    def finish(self, result):
        """Print the table."""
        self.note("")
        table.show(result)
        self.note(f"results in {result.folder}")


class Silent(Quiet):
    """Shows the results folder only."""

    def finish(self, result):
        """Print the folder."""
        print(result.folder, flush=True)


class _Opened:
    """The display of one training, with its opening words."""

    def __init__(self, recipe):
        self._display, self._recipe = display.choose(quiet=False), recipe

    def __enter__(self):
        shown = self._display.__enter__()
        shown.opening(self._recipe)
        return shown

    def __exit__(self, *exception):
        self._display.__exit__(*exception)
