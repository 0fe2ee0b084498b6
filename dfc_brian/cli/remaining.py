"""How long a run will still take."""

from collections import Counter


class Remaining:
    """The time that the minibatches of each kind of pass still need, from the time that they have taken so far.

    A kind of which none has been seen yet is taken to need a time in proportion to its simulated time steps.
    """

    def __init__(self, passes):
        self._left, self._seconds, self._seen, self._steps = Counter(), Counter(), Counter(), {}
        for each in passes:
            self._left[each.kind] += each.minibatches
            self._steps[each.kind] = each.steps or 1

    def skip(self, passes, blocks):
        """So many blocks are done already."""
        for each in passes:
            here = min(blocks, each.blocks)
            self._left[each.kind] -= min(here * each.per_block, each.minibatches)
            blocks -= here

    def add(self, now, minibatches, seconds):
        """Minibatches of a pass took so many seconds."""
        self._left[now.kind] -= minibatches
        self._seen[now.kind] += minibatches
        self._seconds[now.kind] += seconds

    @property
    def work(self):
        """What is left, in time steps."""
        return sum(count * self._steps[kind] for kind, count in self._left.items())

    @property
    def seconds(self):
        """Seconds left."""
        known = sum(self._seen[kind] * self._steps[kind] for kind in self._seen)
        pace = sum(self._seconds.values()) / known if known else 0.0
        return sum(
            count * (self._seconds[kind] / self._seen[kind] if self._seen[kind] else pace * self._steps[kind])
            for kind, count in self._left.items()
        )


def duration(seconds):
    """Such as "40 s", "12 min", "5.3 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
