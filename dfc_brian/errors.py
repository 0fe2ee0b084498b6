"""Every error a user can meet, with the exit code of the command line.

A message says what is wrong, what was found, what is allowed and how to mend it, one idea per line.
The exit codes from 65 on are those of BSD's sysexits.h.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class DfcError(Exception):
    """The parent of all errors of dfc_brian.

    Parameters
    ----------
    what : str
        What is wrong, and where (file and key, if there are any).
    got : object, optional
        What was found.
    allowed : str or iterable, optional
        What is allowed.
    fix : str, optional
        What to do.
    """

    exit_code = 1

    def __init__(self, what: str, *, got=None, allowed=None, fix: str | None = None):
        lines = [str(what)]
        if got is not None:
            lines.append(f"  got: {got}")
        if allowed is not None:
            several = isinstance(allowed, Iterable) and not isinstance(allowed, str)
            lines.append(f"  allowed: {shortened(allowed) if several else allowed}")
        if fix is not None:
            lines.append(f"  fix: {fix}")
        super().__init__("\n".join(lines))

    def __str__(self):
        return str(self.args[0])


class BadInput(DfcError, ValueError):
    """Something the user wrote cannot be used: exit code 2."""

    exit_code = 2


class MultipleErrors(BadInput):
    """Several problems found together; ``problems`` holds the single `BadInput` errors."""

    def __init__(self, problems: Iterable[BadInput]):
        self.problems = tuple(problems)
        BadInput.__init__(self, "\n".join([f"{len(self.problems)} problems:", *map(str, self.problems)]))

    def __reduce__(self):
        return type(self), (self.problems,)


class CorruptData(DfcError):
    """A data file is truncated, damaged or not what its name says: exit code 65."""

    exit_code = 65


class Unavailable(DfcError):
    """A compiler, GPU, package or data set is missing: exit code 69."""

    exit_code = 69


class Diverged(DfcError):
    """The simulated network left all bounds: exit code 70."""

    exit_code = 70


class DiskError(DfcError, OSError):
    """A file or folder cannot be written or read: exit code 74."""

    exit_code = 74


def nearest(name: str, choices: Iterable) -> str | None:
    """The one of ``choices`` that is spelt most like ``name``, or None if none is similar.

    One that differs in upper and lower case only is the nearest: pF for pf, g_B for g_b.
    """
    choices = [str(choice) for choice in choices]
    matches = [choice for choice in choices if choice.lower() == str(name).lower()]
    matches = matches or get_close_matches(str(name), choices, n=1, cutoff=0.6)
    return matches[0] if matches else None


def unknown(what: str, name: str, choices: Iterable) -> BadInput:
    """`BadInput` for a name that is none of ``choices``: "`what` `name` does not exist", with the nearest."""
    choices = sorted(map(str, choices))
    similar = nearest(name, choices)
    return BadInput(
        f"{what} '{name}' does not exist",
        allowed=choices or "none exist",
        fix=similar and f"did you mean '{similar}'?",
    )


def raise_all(problems: Iterable[BadInput]) -> None:
    """Raise nothing, the one problem, or `MultipleErrors`, according to the length of ``problems``."""
    problems = list(problems)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise MultipleErrors(problems)


def shortened(values: Iterable) -> str:
    """Values as text; of many numbers the first ones and the last."""
    texts = [str(value) for value in values]
    if len(texts) > 20 and all(text.isdecimal() for text in texts):
        return f"{', '.join(texts[:5])} ... {texts[-1]}"
    return ", ".join(texts)
