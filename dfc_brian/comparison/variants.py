"""What is compared: learning methods, each with the kinds of feedback weights that it allows, and seeds."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..errors import BadInput, raise_all, unknown
from ..methods import BOTH, METHODS

MOST_SEEDS = 1000
SEEDS_ALLOWED = "a number of seeds, such as 3, or different seeds, such as 1,5,9"


class Variant(NamedTuple):
    """A method with a kind of feedback weights, None for a method that has none."""

    method: str
    feedback: str | None

    @property
    def name(self) -> str:
        """As in a recipe's ``[variant]`` and ``[published]``: "bp", "dfc learned"."""
        return self.method if self.feedback is None else f"{self.method} {self.feedback}"

    @property
    def overrides(self) -> dict[str, str]:
        """Values of a recipe by dotted key."""
        chosen = {"learning.method": self.method}
        return chosen if self.feedback is None else chosen | {"learning.feedback": self.feedback}


def variants(methods: Iterable[str], kinds: Iterable[str]) -> tuple[list[Variant], list[str]]:
    """The variants in the order named, and the methods that allow none of the ``kinds`` of feedback.

    Raises `BadInput`, all problems at once: unknown or repeated names, or nothing to compare.
    """
    methods, kinds = list(methods), list(kinds)
    problems = [*_problems("method", methods, METHODS), *_problems("kind of feedback", kinds, BOTH)]
    raise_all(problems)
    found, left_out = [], []
    for method in methods:
        allowed = METHODS[method].feedback
        own = [Variant(method, kind) for kind in kinds if kind in allowed] if allowed else [Variant(method, None)]
        found += own
        left_out += [] if own else [method]
    if not found:
        allowed = "; ".join(f"{method}: {', '.join(METHODS[method].feedback)}" for method in methods)
        raise BadInput(
            "nothing is left to compare: no method allows this feedback", got=", ".join(kinds), allowed=allowed
        )
    return found, left_out


def seeds(wanted: int | Sequence[int], first: int) -> list[int]:
    """The seeds: the sequence itself, or this many from ``first`` on. Raises `BadInput`."""
    if type(wanted) is int and 1 <= wanted <= MOST_SEEDS:
        return list(range(first, first + wanted))
    chosen = [] if isinstance(wanted, int | str) else list(wanted)
    good = all(type(seed) is int and 0 <= seed < 2**63 for seed in chosen)
    if not chosen or not good or len(set(chosen)) < len(chosen):
        raise BadInput("the seeds cannot be used", got=wanted, allowed=SEEDS_ALLOWED)
    return chosen


def _problems(what, names, choices):
    if not names:
        return [BadInput(f"no {what} named", allowed=choices)]
    problems = [unknown(what, name, choices) for name in names if name not in choices]
    twice = sorted({name for name in names if names.count(name) > 1})
    return problems + [BadInput(f"{what} '{name}' is named twice") for name in twice]
