"""The learning methods that a recipe can name."""

from typing import NamedTuple


class Method(NamedTuple):
    """What a method does, and the kinds of feedback with which it can learn."""

    description: str
    feedback: tuple[str, ...]


METHODS = {
    "dfc": Method("Deep feedback control: plasticity throughout the presentation", ("fixed",)),
}
