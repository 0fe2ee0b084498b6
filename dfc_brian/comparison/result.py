"""What a comparison found: an outcome for each run, and the mean over seeds for each variant."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..results import Run
from . import values
from .plan import Job
from .values import Spread
from .variants import Variant


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    ``run`` : the `Run`, None if it could not even begin
    ``state`` : "done", "diverged" or "failed"
    ``origin`` : "trained", "resumed" or "reused"
    ``problem`` : why it failed, or ""
    """

    job: Job
    run: Run | None
    state: str
    origin: str
    problem: str = ""

    @property
    def variant(self) -> Variant:
        return self.job.variant

    @property
    def seed(self) -> int:
        return self.job.seed

    @property
    def done(self) -> bool:
        return self.state == "done"

    @cached_property
    def best(self) -> dict:
        """The row of metrics that counts; only for a run that is done."""
        return dict(values.best(self.run.metrics, self.metric))

    @cached_property
    def metric(self) -> str:
        """What is compared, such as "test_error"."""
        return values.metric_of(self.job.recipe)

    @property
    def value(self) -> float:
        """The metric at the epoch with the best validation value."""
        return self.best[self.metric]

    @property
    def last(self) -> float:
        """The metric after the last epoch."""
        return self.run.metrics[-1][self.metric]

    @property
    def seconds(self) -> float:
        """Time that the epochs took, and the sleep before the first."""
        pretraining = [row for row in self.run.sleep if not row["epoch"]]
        return sum(row["seconds"] for row in [*pretraining, *self.run.metrics])


@dataclass(frozen=True)
class Summary:
    """A variant over its seeds: ``value`` at the best epoch of each and at the ``last``, beside what is published.

    Each is a `Spread` (mean, std), None if unknown. ``outcomes`` are the runs that are done, ``failed`` the others.
    """

    variant: Variant
    outcomes: list[Outcome]
    failed: list[Outcome]
    value: Spread | None
    last: Spread | None
    published: Spread | None

    @property
    def seconds(self) -> float | None:
        """Mean time of a run."""
        found = values.spread([each.seconds for each in self.outcomes])
        return found and found.mean


@dataclass
class Comparison:
    """The outcomes of a comparison so far, in the order in which they came; `compare` makes one.

    Printed, it is the table. Errors are fractions.
    """

    jobs: list[Job]
    folder: Path
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def metric(self) -> str:
        """What is compared: "test_error", "test_loss" or "train_loss"."""
        return values.metric_of(self.jobs[0].recipe)

    @property
    def variants(self) -> list[Variant]:
        return list(dict.fromkeys(job.variant for job in self.jobs))

    @property
    def seeds(self) -> list[int]:
        return list(dict.fromkeys(job.seed for job in self.jobs))

    @property
    def failed(self) -> list[Outcome]:
        """The runs that diverged or failed."""
        return [outcome for outcome in self.outcomes if not outcome.done]

    @property
    def summary(self) -> list[Summary]:
        """Every variant over the seeds that are done."""
        return [self._summary(variant) for variant in self.variants]

    def _summary(self, variant):
        own = [outcome for outcome in self.outcomes if outcome.variant == variant]
        done = [outcome for outcome in own if outcome.done]
        return Summary(
            variant,
            done,
            [outcome for outcome in own if not outcome.done],
            values.spread([outcome.value for outcome in done]),
            values.spread([outcome.last for outcome in done]),
            self._published(variant),
        )

    def _published(self, variant):
        recipe = next(job.recipe for job in self.jobs if job.variant == variant)
        found = recipe.published and recipe.published.of(variant.method, recipe.learning.feedback)
        return Spread(*found) if found else None

    def __repr__(self):
        from .table import as_text

        return as_text(self)
