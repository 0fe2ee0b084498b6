"""Data files that are missing, truncated, damaged or something else; small ones are made here."""

import gzip
import hashlib
import os
import sys
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dfc_brian import Recipe
from dfc_brian.datasets import datasets, image_files, student_teacher
from dfc_brian.errors import BadInput, CorruptData, DiskError, MultipleErrors, Unavailable

FACTS = datasets.Facts(n_in=6, n_classes=3, images=40, test=10)
SHAPES = ((40, 2, 3), (40,), (10, 2, 3), (10,))


def idx(array):
    return image_files.IdxFile("", array.shape, "").header + array.tobytes()


@pytest.fixture
def arrays():
    draw = np.random.default_rng(0)
    return [draw.integers(0, 256 if len(shape) == 3 else 3, shape, dtype=np.uint8) for shape in SHAPES]


@pytest.fixture
def small(arrays, monkeypatch):
    """A function that publishes small arrays as "mnist" and returns what the recipe asks of it."""

    def publish(arrays=arrays, sha256=True):
        files = [
            image_files.IdxFile(
                file.name,
                array.shape,
                hashlib.md5(gzip.compress(idx(array), mtime=0)).hexdigest(),
                hashlib.sha256(idx(array)).hexdigest() if sha256 else None,
            )
            for file, array in zip(image_files.FILES["mnist"], arrays, strict=True)
        ]
        monkeypatch.setitem(image_files.FILES, "mnist", files)
        monkeypatch.setitem(datasets.KNOWN, "mnist", FACTS)
        recipe = Recipe.load(
            "mnist", {"network.sizes": [6, 3], "data.train": 30, "data.validation": 10, "traces.units": [0]}
        )
        return recipe.data

    return publish


def write(folder, arrays, packed=False):
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file, array in zip(image_files.FILES["mnist"], arrays, strict=True):
        if packed:
            (raw / f"{file.name}.gz").write_bytes(gzip.compress(idx(array), mtime=0))
        else:
            (raw / file.name).write_bytes(idx(array))
    return raw


@pytest.mark.parametrize("packed", [False, True])
def test_files_are_read_packed_or_not(small, arrays, tmp_path, packed):
    data = small()
    write(tmp_path, arrays, packed)
    found = datasets.load(data, tmp_path)
    assert (found.n_in, found.n_classes) == (6, 3)
    assert found.x_train.shape == (30, 6) and found.x_train.dtype == np.float64
    pixels = found.x_test * 0.3081 + 0.1307
    np.testing.assert_allclose(pixels, arrays[2].reshape(10, 6) / 255, atol=1e-15)
    assert np.array_equal(found.y_test, arrays[3])
    rows = np.concatenate([found.x_train, found.x_validation]) * 0.3081 + 0.1307
    whole = arrays[0].reshape(40, 6) / 255
    np.testing.assert_allclose(rows[np.lexsort(rows.T)], whole[np.lexsort(whole.T)], atol=1e-15)


def test_a_missing_file_is_named(small, arrays, tmp_path):
    data = small()
    raw = write(tmp_path, arrays)
    (raw / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(Unavailable, match=f"{raw}(.|\n)*no t10k-labels-idx1-ubyte") as caught:
        datasets.load(data, tmp_path)
    assert caught.value.exit_code == 69 and "train-images" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("fault", ["flip", "truncate", "extend", "empty", "swap", "html"])
def test_damaged_files_are_refused(small, arrays, tmp_path, packed, which, fault):
    data = small()
    raw = write(tmp_path, arrays, packed)
    ending = ".gz" if packed else ""
    paths = [raw / f"{file.name}{ending}" for file in image_files.FILES["mnist"]]
    content = paths[which].read_bytes()
    damaged = {
        "flip": content[:-3] + bytes([content[-3] ^ 1]) + content[-2:],
        "truncate": content[:-1],
        "extend": content + b"\0",
        "empty": b"",
        "swap": paths[(which + 2) % 4].read_bytes(),
        "html": b"<html>404</html>",
    }
    paths[which].write_bytes(damaged[fault])
    with pytest.raises(CorruptData) as caught:
        datasets.load(data, tmp_path)
    assert caught.value.exit_code == 65
    message = str(caught.value)
    assert str(paths[which]) in message and "got: " in message and "allowed: " in message


@pytest.mark.parametrize("start", [0, 2, 3, 7, 15])
def test_a_wrong_header_is_refused_without_a_checksum(small, arrays, tmp_path, start):
    data = small(sha256=False)
    raw = write(tmp_path, arrays)
    path = raw / "train-images-idx3-ubyte"
    content = bytearray(path.read_bytes())
    content[start] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptData, match="train-images"):
        datasets.load(data, tmp_path)


def test_without_a_checksum_the_archive_is_trusted_more(small, arrays, tmp_path):
    data = small(sha256=False)
    raw = write(tmp_path / "unpacked", arrays)
    write(tmp_path / "packed", arrays, packed=True)
    for path in (tmp_path / "packed" / "MNIST" / "raw").iterdir():
        os.replace(path, raw / path.name)
    path = raw / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    whole = datasets.load(data, tmp_path / "unpacked")
    assert len(whole.x_train) == 30


def test_labels_out_of_range_are_refused(small, arrays, tmp_path):
    arrays[1][5] = 3
    data = small(arrays)
    write(tmp_path, arrays)
    with pytest.raises(CorruptData, match="label out of range(.|\n)*got: 3(.|\n)*0 to 2"):
        datasets.load(data, tmp_path)


def test_images_of_another_size_are_refused(small, arrays, tmp_path):
    arrays[0] = arrays[0][:, :, :2].copy()
    data = small(arrays)
    write(tmp_path, arrays)
    with pytest.raises(CorruptData, match="40 images of 4 pixels(.|\n)*40 images of 6 pixels"):
        datasets.load(data, tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_a_disk_error(small, arrays, tmp_path):
    data = small()
    raw = write(tmp_path, arrays)
    (raw / "train-images-idx3-ubyte").chmod(0)
    with pytest.raises(DiskError):
        datasets.load(data, tmp_path)


def test_without_torchvision_the_way_out_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("DFC_BRIAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    with pytest.raises(Unavailable, match=r"pip install torchvision(.|\n)*--data-dir") as caught:
        datasets.load(Recipe.load("mnist").data)
    assert caught.value.exit_code == 69
    assert not (tmp_path / "cache").exists()


def fake_torchvision(monkeypatch, tmp_path, download):
    monkeypatch.setenv("DFC_BRIAN_CACHE", str(tmp_path / "cache"))
    module = types.ModuleType("torchvision.datasets")
    module.MNIST = download
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", module)


def test_a_download_is_kept_and_not_repeated(small, arrays, monkeypatch, tmp_path):
    data, calls = small(), []

    def download(root, download):
        calls.append(root)
        print("Downloading http://...")
        write(Path(root), arrays)

    fake_torchvision(monkeypatch, tmp_path, download)
    first, second = datasets.load(data), datasets.load(data)
    assert len(calls) == 1
    assert np.array_equal(first.x_train, second.x_train)
    kept = [path.name for path in (tmp_path / "cache" / "data").iterdir()]
    assert kept == ["MNIST"]


@pytest.mark.parametrize(
    "error", [RuntimeError("Error downloading"), ConnectionResetError(104, "reset"), OSError("no route")]
)
def test_a_failed_download_leaves_nothing(small, arrays, monkeypatch, tmp_path, error):
    data = small()

    def download(root, download):
        raw = write(Path(root), arrays)
        (raw / "t10k-labels-idx1-ubyte").unlink()
        raise error

    fake_torchvision(monkeypatch, tmp_path, download)
    with pytest.raises(Unavailable, match="could not be downloaded(.|\n)*--data-dir"):
        datasets.load(data)
    assert list((tmp_path / "cache" / "data").iterdir()) == []


def test_a_damaged_download_is_not_put_in_place(small, arrays, monkeypatch, tmp_path):
    data = small()

    def download(root, download):
        raw = write(Path(root), arrays)
        (raw / "t10k-labels-idx1-ubyte").write_bytes(b"")

    fake_torchvision(monkeypatch, tmp_path, download)
    with pytest.raises(CorruptData):
        datasets.load(data)
    assert list((tmp_path / "cache" / "data").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_a_disk_error(small, monkeypatch, tmp_path):
    data = small()
    fake_torchvision(monkeypatch, tmp_path, lambda root, download: None)
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DiskError):
        datasets.load(data)


def test_digits_are_split_alike_for_all_and_in_proportion():
    recipe = Recipe.load("digits")
    whole, small = datasets.load(recipe.data), datasets.load(recipe.replace({"data.train": 100}).data)
    assert (len(whole.y_train), len(whole.y_validation), len(whole.y_test)) == (1297, 200, 300)
    assert np.array_equal(whole.y_train[:100], small.y_train)
    assert np.array_equal(whole.y_test, small.y_test)
    shares = np.bincount(np.concatenate([whole.y_train, whole.y_validation, whole.y_test])) / 1797
    for labels in (whole.y_train, whole.y_validation, whole.y_test, small.y_train):
        assert np.abs(np.bincount(labels) - shares * len(labels)).max() <= 1.01
    assert whole.x_train.mean() == pytest.approx(0, abs=1e-12) and whole.x_train.std() == pytest.approx(1)


def test_an_autoencoder_is_to_give_back_its_input(small, arrays, tmp_path):
    data = small().model_copy(update={"target": "input"})
    write(tmp_path, arrays)
    found = datasets.load(data, tmp_path)
    assert (found.task, found.n_in, found.n_out, found.n_classes) == ("regression", 6, 6, None)
    assert found.y_train is found.x_train and found.y_test is found.x_test
    labelled = datasets.load(small(), tmp_path)
    assert labelled.task == "classification" and np.array_equal(labelled.x_train, found.x_train)


@pytest.fixture
def small_teacher(monkeypatch):
    monkeypatch.setattr(student_teacher, "HIDDEN", (50, 50))


def test_a_teacher_is_the_same_for_all_and_has_its_size_from_the_network(small_teacher):
    recipe = Recipe.load("student_teacher", {"network.sizes": [4, 3, 2]})
    found = datasets.load(recipe.data, sizes=recipe.network.sizes)
    assert (found.task, found.n_in, found.n_out, found.n_classes) == ("regression", 4, 2, None)
    assert [len(y) for y in (found.y_train, found.y_validation, found.y_test)] == [5000, 1000, 1000]
    assert np.abs(found.x_train).max() <= 1 and found.x_train.std() == pytest.approx(1 / np.sqrt(3), rel=0.01)
    datasets.check_fits(found, recipe)
    again = datasets.load(recipe.replace({"data.train": 100, "train.seed": 7}).data, sizes=recipe.network.sizes)
    assert np.array_equal(again.y_train, found.y_train[:100]) and np.array_equal(again.x_test, found.x_test)
    whole = np.concatenate([found.x_train, found.x_validation, found.x_test])
    assert len(np.unique(whole, axis=0)) == 7000
    with pytest.raises(BadInput, match="2 units for 5 outputs"):
        datasets.check_fits(datasets.load(recipe.data, sizes=[4, 5]), recipe)
    assert datasets.load(recipe.data).x_train.shape[1] == 15


def test_a_teacher_is_the_network_that_is_published():
    x, y = student_teacher.generate(300, 15, 5)
    assert (x.shape, y.shape) == ((300, 15), (300, 5))
    spread, level = y.std(0).mean(), np.abs(y.mean(0)).max()
    assert 3 < spread < 7 and level > 1, "outputs of a few units, with large means"


def test_digits_are_all_there_once():
    whole = datasets.load(Recipe.load("digits", {"data.standardise": [0, 1]}).data)
    rows = np.concatenate([whole.x_train, whole.x_validation, whole.x_test])
    from sklearn.datasets import load_digits

    pixels = load_digits().data / 16
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], pixels[np.lexsort(pixels.T)])


def test_a_network_or_image_that_does_not_fit_is_refused():
    recipe = Recipe.load("digits")
    dataset = datasets.load(recipe.data)
    datasets.check_fits(dataset, recipe)
    with pytest.raises(MultipleErrors, match="64, 64, 64, 10(.|\n)*64 units for 32 pixels(.|\n)*0 to 299"):
        datasets.check_fits(replace(dataset, x_train=dataset.x_train[:, :32]), recipe.replace({"traces.images": [300]}))


def test_a_bare_recipe_has_nothing_to_load():
    with pytest.raises(BadInput, match="no data set"):
        datasets.load(Recipe.bare([3, 2]).data)
