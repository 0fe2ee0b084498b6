"""Data sets: images as rows of numbers, split into training, validation and test images.

The split is drawn by ``numpy.random.default_rng(67280421310721)``: it is the same for every seed of a run,
and a smaller training set is the beginning of a larger one. Pixels are scaled to [0, 1] and then
standardised.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dfc_brian.datasets import image_files
from dfc_brian.errors import BadInput, CorruptData, raise_all

if TYPE_CHECKING:
    from dfc_brian.recipe import Data, Recipe

SPLIT_SEED = 67280421310721


class Facts(NamedTuple):
    """Pixels of an image, classes, images to be split, and separate test images (None: part of the split)."""

    n_in: int
    n_classes: int
    images: int
    test: int | None


KNOWN = {
    "digits": Facts(64, 10, 1797, None),
    "mnist": Facts(784, 10, 60000, 10000),
    "fashion_mnist": Facts(784, 10, 60000, 10000),
}


@dataclass(frozen=True)
class Dataset:
    """Standardised images ``x_*`` (n, n_in) float64 and labels ``y_*`` (n,) int64 of the three parts."""

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def n_in(self) -> int:
        """Pixels of an image."""
        return self.x_train.shape[1]

    @property
    def n_classes(self) -> int:
        """Classes of the whole data set."""
        return KNOWN[self.name].n_classes


def load(data: "Data", data_dir: str | Path | None = None) -> Dataset:
    """The `Dataset` that table ``[data]`` of a recipe asks for.

    Parameters
    ----------
    data : dfc_brian.recipe_tables.Data
        "digits" comes with scikit-learn (Alpaydin & Kaynak 1998, UCI repository); "mnist" (LeCun et al. 1998)
        and "fashion_mnist" (Xiao et al. 2017) are read from files, or downloaded by torchvision.
    data_dir : path, optional
        A folder in torchvision's layout, such as ``data_dir/MNIST/raw/train-images-idx3-ubyte``.

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
    x, y, x_test, y_test = _digits() if data.name == "digits" else image_files.load(data.name, data_dir)
    facts = KNOWN[data.name]
    _check(data.name, x, y, facts, facts.images)
    if facts.test is None:
        order = stratified(y)
        own_test, order = np.split(order, [data.test or facts.images - data.train - data.validation])
        x_test, y_test = x[own_test], y[own_test]
    else:
        _check(data.name, x_test, y_test, facts, facts.test)
        order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
    validation, train = np.split(order[: data.validation + data.train], [data.validation])
    parts = [_scaled(data.name, part) for part in (x[train], x[validation], x_test[: data.test])]
    mean, deviation = _standard(data.standardise, parts[0])
    for part in parts:
        part -= mean
        part /= deviation
    labels = [part.astype(np.int64) for part in (y[train], y[validation], y_test[: data.test])]
    return Dataset(data.name, parts[0], labels[0], parts[1], labels[1], parts[2], labels[2])


def check_fits(dataset: Dataset, recipe: "Recipe") -> None:
    """`BadInput` unless the network's first and last layer and the images to record fit the data set."""
    sizes, problems = recipe.network.sizes, []
    for end, size, wanted, unit in (
        ("input", sizes[0], dataset.n_in, "pixels"),
        ("output", sizes[-1], dataset.n_classes, "classes"),
    ):
        if size != wanted:
            what = f"the {end} layer of network.sizes {list(sizes)} does not fit data set {dataset.name}"
            problems.append(BadInput(what, got=f"{size} units for {wanted} {unit}", allowed=wanted))
    if max(recipe.traces.images, default=0) >= len(dataset.y_test):
        what = f"traces.images names an image that is not among the test images of {dataset.name}"
        problems.append(BadInput(what, got=max(recipe.traces.images), allowed=f"0 to {len(dataset.y_test) - 1}"))
    raise_all(problems)


def stratified(labels: np.ndarray) -> np.ndarray:
    """A random order (n,) in which every stretch holds the classes in their proportions, give or take one."""
    draw = np.random.default_rng(SPLIT_SEED)
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = draw.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + draw.random()) / len(members)
    return np.argsort(place)


def _digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.data, digits.target, None, None


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


def _scaled(name, pixels):
    """Pixels in [0, 1], one image a row."""
    return pixels.reshape(len(pixels), -1) / (16.0 if name == "digits" else 255.0)


def _standard(standardise, train):
    if standardise is None:
        return 0.0, 1.0
    return (train.mean(), train.std()) if standardise == "train" else standardise
