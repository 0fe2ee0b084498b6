"""How long a comparison still takes, judged by the runs that are there."""

from collections.abc import Iterable

from .plan import Job
from .result import Comparison


def time_left(result: Comparison, waiting: Iterable[Job]) -> tuple[float, bool]:
    """Seconds for the jobs that are ``waiting``, each taken to last as its variant's others; whether all are known."""
    known = {row.variant: row.seconds for row in result.summary if row.seconds is not None}
    waiting = list(waiting)
    return sum(known.get(job.variant, 0.0) for job in waiting), all(job.variant in known for job in waiting)
