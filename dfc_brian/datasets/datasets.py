"""Data sets: samples as rows of numbers, split into training, validation and test samples.

The split is drawn by ``numpy.random.default_rng(67280421310721)``: it is the same for every seed of a run,
and a smaller training set is the beginning of a larger one. Pixels are scaled to [0, 1] and then
standardised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dfc_brian.datasets import image_files, student_teacher
from dfc_brian.errors import BadInput, CorruptData, raise_all, unknown

if TYPE_CHECKING:
    from dfc_brian.recipe import Data, Recipe

SPLIT_SEED = 67280421310721
TEACHER = "student_teacher"


class Facts(NamedTuple):
    """What is known of a data set without reading it.

    Numbers of an input and classes (None: as the network has, and no classes), samples to be split, and separate test
    samples (None: part of the split).
    """

    n_in: int | None
    n_classes: int | None
    images: int
    test: int | None

    def task(self, target: str) -> str:
        """ "classification" if what is to be learned, ``data.target``, is a label, or else "regression"."""
        return "classification" if self.n_classes and target == "given" else "regression"


KNOWN = {
    "digits": Facts(64, 10, 1797, None),
    "mnist": Facts(784, 10, 60000, 10000),
    "fashion_mnist": Facts(784, 10, 60000, 10000),
    TEACHER: Facts(None, None, 7000, None),
}


@dataclass(frozen=True)
class Dataset:
    """The three parts, standardised: inputs ``x_*`` (n, n_in) float64, and what is wanted of them.

    ``y_*`` are labels (n,) int64 for classification and outputs (n, n_out) float64 for regression; where the target is
    the input, ``y_*`` is ``x_*``.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def __repr__(self) -> str:
        parts = {name: len(getattr(self, f"x_{name}")) for name in ("train", "validation", "test")}
        counts = ", ".join(f"{count} {name}" for name, count in parts.items())
        return f"<Dataset {self.name}: {counts} samples of {self.n_in} numbers; {self.task}>"

    @property
    def task(self) -> str:
        """ "classification", judged by loss and error, or "regression", judged by the loss."""
        return "classification" if self.y_train.ndim == 1 else "regression"

    @property
    def n_in(self) -> int:
        """Numbers (pixels) of an input."""
        return self.x_train.shape[1]

    @property
    def n_classes(self) -> int | None:
        """Classes of the whole data set; None for regression."""
        return KNOWN[self.name].n_classes if self.task == "classification" else None

    @property
    def n_out(self) -> int:
        """Units that an output layer needs."""
        return self.n_classes or self.y_train.shape[1]


def load(data: "Data", data_dir: str | Path | None = None, sizes: Sequence[int] | None = None) -> Dataset:
    """The `Dataset` that table ``[data]`` of a recipe asks for.

    Parameters
    ----------
    data : dfc_brian.recipe_tables.Data
        "digits" comes with scikit-learn (Alpaydin & Kaynak 1998, UCI repository); "mnist" (LeCun et al. 1998)
        and "fashion_mnist" (Xiao et al. 2017) are read from files, or downloaded by torchvision; "student_teacher"
        (Meulemans et al. 2021) is made.
    data_dir : path, optional
        A folder in torchvision's layout, such as ``data_dir/MNIST/raw/train-images-idx3-ubyte``.
    sizes : sequence of int, optional
        The network's layers: a data set that is made has as many inputs and outputs as the first and the last.

    Raises
    ------
    BadInput
        There is no such table.
    Unavailable
        The files are not there and cannot be downloaded.
    CorruptData
        A file is truncated or damaged.
    """
    if data is None:
        raise BadInput("this recipe has no data set", fix="add a [data] table, or use Network.present")
    facts = KNOWN[data.name]
    x, y, x_test, y_test = _read(data, facts, data_dir, sizes or student_teacher.SIZES)
    if facts.test is None:
        order = stratified(y) if facts.n_classes else np.random.default_rng(SPLIT_SEED).permutation(len(y))
        own_test, order = np.split(order, [data.test or facts.images - data.train - data.validation])
        x_test, y_test = x[own_test], y[own_test]
    else:
        order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
    validation, train = np.split(order[: data.validation + data.train], [data.validation])
    inputs = [_scaled(data.name, part) for part in (x[train], x[validation], x_test[: data.test])]
    mean, deviation = _standard(data.standardise, inputs[0])
    for part in inputs:
        part -= mean
        part /= deviation
    wanted = inputs
    if data.target == "given":
        kind = np.int64 if facts.n_classes else np.float64
        wanted = [part.astype(kind) for part in (y[train], y[validation], y_test[: data.test])]
    pairs = zip(inputs, wanted, strict=True)
    return Dataset(data.name, *(part for pair in pairs for part in pair))


def check_fits(dataset: Dataset, recipe: "Recipe") -> None:
    """`BadInput` unless the network's first and last layer and the images to record fit the data set."""
    sizes, problems = recipe.network.sizes, []
    for end, size, wanted, unit in (
        ("input", sizes[0], dataset.n_in, "pixels"),
        ("output", sizes[-1], dataset.n_out, "classes" if dataset.n_classes else "outputs"),
    ):
        if size != wanted:
            what = f"the {end} layer of network.sizes {list(sizes)} does not fit data set {dataset.name}"
            problems.append(BadInput(what, got=f"{size} units for {wanted} {unit}", allowed=wanted))
    try:
        test_images(dataset, recipe.traces.images)
    except BadInput as problem:
        problems.append(problem)
    raise_all(problems)


def test_images(dataset: Dataset, chosen: Sequence[int] | dict[str, int]) -> np.ndarray:
    """The numbers (n,) of test images: those given, or the first of each class, as many as are asked for.

    `BadInput` if there are none such.
    """
    labels, where = dataset.y_test, f"the test images of {dataset.name}"
    if not isinstance(chosen, dict):
        if max(chosen, default=0) >= len(labels):
            what = f"traces.images names an image that is not among {where}"
            raise BadInput(what, got=max(chosen), allowed=f"0 to {len(labels) - 1}")
        return np.array(chosen, dtype=int)
    if dataset.n_classes is None:
        raise BadInput(f"traces.images: {where} have no classes", got=chosen, allowed="a list of whole numbers >= 0")
    counts = {str(label): chosen["all"] for label in range(dataset.n_classes)} if "all" in chosen else {}
    counts |= {label: count for label, count in chosen.items() if label != "all"}
    known = [str(label) for label in range(dataset.n_classes)]
    raise_all(unknown("traces.images: class", label, known) for label in counts if label not in known)
    numbers = {label: np.flatnonzero(labels == int(label)) for label in counts}
    raise_all(
        BadInput(
            f"traces.images asks for more of class {label} than {where} have", got=count, allowed=len(numbers[label])
        )
        for label, count in counts.items()
        if count > len(numbers[label])
    )
    return np.sort(np.concatenate([numbers[label][:count] for label, count in counts.items()]))


def stratified(labels: np.ndarray) -> np.ndarray:
    """A random order (n,) in which every stretch holds the classes in their proportions, give or take one."""
    draw = np.random.default_rng(SPLIT_SEED)
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = draw.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + draw.random()) / len(members)
    return np.argsort(place)


def _read(data, facts, data_dir, sizes):
    """Inputs and what is given with them, to be split, and those of the separate test samples or None."""
    if data.name == TEACHER:
        return *student_teacher.generate(facts.images, sizes[0], sizes[-1]), None, None
    if data.name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        x, y, x_test, y_test = digits.data, digits.target, None, None
    else:
        x, y, x_test, y_test = image_files.load(data.name, data_dir)
        _check(data.name, x_test, y_test, facts, facts.test)
    _check(data.name, x, y, facts, facts.images)
    return x, y, x_test, y_test


def _check(name, x, y, facts, count):
    """`CorruptData` unless there are ``count`` images of the right size with as many labels in range."""
    pixels = int(np.prod(x.shape[1:]))
    if len(x) != count or len(y) != count or pixels != facts.n_in:
        raise CorruptData(
            f"data set {name} does not have the right size",
            got=f"{len(x)} images of {pixels} pixels, {len(y)} labels",
            allowed=f"{count} images of {facts.n_in} pixels, {count} labels",
        )
    if y.min() < 0 or y.max() >= facts.n_classes:
        raise CorruptData(
            f"data set {name} has a label out of range",
            got=int(y.max()),
            allowed=f"0 to {facts.n_classes - 1}",
        )


def _scaled(name, values):
    """Pixels in [0, 1], one image a row; numbers that are no pixels as they are."""
    if name == TEACHER:
        return values.copy()
    return values.reshape(len(values), -1) / (16.0 if name == "digits" else 255.0)


def _standard(standardise, train):
    if standardise is None:
        return 0.0, 1.0
    return (train.mean(), train.std()) if standardise == "train" else standardise
