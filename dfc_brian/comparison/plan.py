"""The runs of a comparison: a recipe for each variant and seed, all checked before anything is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import datasets, devices
from ..errors import BadInput, MultipleErrors, raise_all
from ..network.target import target_of
from ..recipe import Recipe
from .variants import Variant, seeds, variants

CHOSEN = {"learning.method": "methods", "learning.feedback": "feedback"}


@dataclass(frozen=True, eq=False)
class Job:
    """One run: its variant, and its recipe with the seed."""

    variant: Variant
    recipe: Recipe

    @property
    def seed(self) -> int:
        return self.recipe.train.seed

    def __str__(self):
        return f"{self.variant.name}, seed {self.seed}"


def plan(
    name: str | Path,
    methods: Sequence[str],
    kinds: Sequence[str],
    wanted: int | Sequence[int],
    overrides: Mapping | None,
    preset: str | None,
) -> tuple[list[Job], list[str]]:
    """The jobs, all variants with the first seed and then with the next, and the methods that are left out.

    The same seed gives every method the same initial weights and the same order of samples.

    Raises
    ------
    BadInput
        With all problems at once.
    """
    overrides, problems = dict(overrides or {}), []
    for key, argument in CHOSEN.items():
        if key in overrides:
            problems.append(BadInput(f"{key} is what is compared", got=overrides[key], fix=f"name it in {argument}"))
    chosen, left_out = _try(problems, variants, methods, kinds) or ([], [])
    several = _try(problems, seeds, wanted, 0)
    if several and type(wanted) is not int and "train.seed" in overrides:
        problems.append(BadInput("train.seed is given, and a list of seeds too", got=overrides["train.seed"]))
    free = {key: value for key, value in overrides.items() if key not in CHOSEN}
    first = {each: _try(problems, Recipe.load, name, free | each.overrides, preset) for each in chosen}
    if not chosen:
        _try(problems, Recipe.load, name, free, preset)
    raise_all({str(problem): problem for problem in problems}.values())
    start = first[chosen[0]].train.seed
    jobs = [Job(each, first[each].replace({"train.seed": seed})) for seed in seeds(wanted, start) for each in chosen]
    return jobs, left_out


def check(jobs: Sequence[Job], data_dir: str | Path | None) -> None:
    """Load the data and look for the compiler: what fails here would fail in every run.

    Raises `BadInput`, `CorruptData` or `Unavailable`.
    """
    for job in {job.recipe.train.device: job for job in jobs}.values():
        devices.check(target_of(job.recipe))
    seen = []
    for recipe in (job.recipe for job in jobs):
        if (recipe.data, recipe.network) not in seen:
            seen.append((recipe.data, recipe.network))
            data = datasets.load(recipe.data, data_dir=data_dir, sizes=recipe.network.sizes)
            datasets.check_fits(data, recipe)


def _try(problems, function, *arguments):
    """What the function returns, or None with its problems added to the list."""
    try:
        return function(*arguments)
    except MultipleErrors as several:
        problems += several.problems
    except BadInput as problem:
        problems.append(problem)
    return None
