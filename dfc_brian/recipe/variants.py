"""Variants: values of a recipe that hold for one method, one kind of feedback weights, or both together.

Such as
    [variant."bp"]                    # method: any name in `dfc_brian.methods.METHODS`
    [variant."learned"]               # kind of feedback weights; not for methods that have none
    [variant."dfc-ss learned"]        # both
    "learning.rate" = 1.2e-3
"""

from dfc_brian.errors import BadInput, unknown
from dfc_brian.methods import BOTH, METHODS

SELECT = ("learning.method", "learning.feedback")


def names_of(method: str, feedback: str) -> tuple[str, ...]:
    """The variants (tuple of str) that hold for a method with a kind of feedback, from general to special."""
    if not isinstance(method, str) or method not in METHODS:
        return ()
    allowed = METHODS[method].feedback
    return (method, feedback, f"{method} {feedback}") if feedback in allowed else (method,)


def all_names() -> tuple[str, ...]:
    """All names (tuple of str) that a variant can have."""
    pairs = (f"{name} {kind}" for name, method in METHODS.items() for kind in method.feedback)
    return (*METHODS, *BOTH, *pairs)


def take(tables: dict, source: str) -> tuple[dict[str, dict], list[BadInput]]:
    """Take the table ``variant`` out of ``tables``; returns the variants by name, and their problems."""
    given = tables.pop("variant", {})
    if not isinstance(given, dict):
        return {}, [BadInput(f"{source}: variant is not a table", got=repr(given))]
    found, problems = {}, []
    for name, values in given.items():
        if name not in all_names():
            problems.append(unknown(f"{source}: variant", name, all_names()))
        elif not isinstance(values, dict):
            problems.append(BadInput(f"{source}: variant {name} is not a table", got=repr(values)))
        elif chosen := _selected(values):
            what = f"{source}: variant {name} cannot change {', '.join(chosen)}, which select it"
            problems.append(BadInput(what, fix="leave them out, or set them in the recipe, a preset or an override"))
        else:
            found[name] = values
    return found, problems


def _selected(values):
    inner = values.get("learning", {})
    inner = inner if isinstance(inner, dict) else {}
    return [key for key in SELECT if key in values or key.removeprefix("learning.") in inner]
