"""MNIST and Fashion-MNIST as files in torchvision's layout: found or downloaded, tested, read.

An IDX file (LeCun et al. 1998) is a magic number, the dimensions, and bytes in C order. The checksums are the
md5 of the archives that torchvision downloads and, for MNIST, the sha256 of the unpacked files.
"""

import gzip
import hashlib
import os
import sys
import tempfile
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dfc_brian.errors import CorruptData, DiskError, Unavailable
from dfc_brian.library import cache_folder


class IdxFile(NamedTuple):
    """A published file: its name and shape, and the checksums of its archive and, if known, of itself."""

    name: str
    shape: tuple[int, ...]
    md5: str
    sha256: str | None = None

    @property
    def header(self):
        """The bytes that an IDX file of unsigned bytes with this shape begins with."""
        return bytes([0, 0, 8, len(self.shape)]) + np.array(self.shape, ">u4").tobytes()

    @property
    def size(self):
        """The length of the unpacked file in bytes."""
        return len(self.header) + int(np.prod(self.shape))


FOLDERS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST"}
FILES = {
    "mnist": (
        IdxFile(
            "train-images-idx3-ubyte", (60000, 28, 28), "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        IdxFile(
            "train-labels-idx1-ubyte", (60000,), "d53e105ee54ea40749a09fcbcd1e9432",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        IdxFile(
            "t10k-images-idx3-ubyte", (10000, 28, 28), "9fb629c4189551a2d022fa330f9573f3",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        IdxFile(
            "t10k-labels-idx1-ubyte", (10000,), "ec29112dd5afa0611ce80d1b7f02629c",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    "fashion_mnist": (
        IdxFile("train-images-idx3-ubyte", (60000, 28, 28), "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        IdxFile("train-labels-idx1-ubyte", (60000,), "25c81989df183df01b3e8a0aad5dffbe"),
        IdxFile("t10k-images-idx3-ubyte", (10000, 28, 28), "bef4ecab320f06d8554ea6380940ec79"),
        IdxFile("t10k-labels-idx1-ubyte", (10000,), "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
}  # fmt: skip


def load(name: str, data_dir: str | Path | None = None) -> tuple[np.ndarray, ...]:
    """Training images (n, rows, columns), their labels (n,), test images and their labels, all uint8.

    They are read below ``data_dir`` if it is given, else from the cache folder, into which torchvision
    downloads what is missing. Raises `Unavailable`, `CorruptData` or `DiskError`.
    """
    root = Path(data_dir).expanduser() if data_dir is not None else cache_folder() / "data"
    raw = root / FOLDERS[name] / "raw"
    missing = [file.name for file in FILES[name] if not (_plain(raw, file).is_file() or _archive(raw, file).is_file())]
    if missing and data_dir is not None:
        raise Unavailable(
            f"data set {name} is not in {raw}",
            got=f"no {', '.join(missing)}",
            fix="put the files there, packed (.gz) or not, or leave --data-dir out to download them",
        )
    if missing:
        _download(name, root)
    return tuple(read(raw, file) for file in FILES[name])


def read(raw: Path, file: IdxFile) -> np.ndarray:
    """The tested content (uint8 array) of an `IdxFile` in folder ``raw``, unpacked there or as .gz."""
    plain, archive = _plain(raw, file), _archive(raw, file)
    try:
        if archive.is_file() and not (plain.is_file() and file.sha256):
            content, path = _unpacked(archive, file), archive
        else:
            content, path = _tested(plain, file), plain
    except OSError as error:
        raise DiskError(f"{error.filename or raw} cannot be read", got=error.strerror) from None
    if len(content) != file.size or not content.startswith(file.header):
        start = len(file.header)
        raise _corrupt(
            path,
            f"{len(content)} bytes beginning {content[:start].hex()}",
            f"{file.size}, {file.header.hex()}",
        )
    return np.frombuffer(content, np.uint8, offset=len(file.header)).reshape(file.shape)


def _tested(path, file):
    size = path.stat().st_size
    if size != file.size:
        raise _corrupt(path, f"{size} bytes", f"{file.size} bytes")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if file.sha256 and digest != file.sha256:
        raise _corrupt(path, f"sha256 {digest}", f"sha256 {file.sha256}")
    return content


def _unpacked(path, file):
    packed = path.read_bytes()
    digest = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    if digest != file.md5:
        raise _corrupt(path, f"md5 {digest}, {len(packed)} bytes", f"md5 {file.md5}")
    return gzip.decompress(packed)


def _corrupt(path, got, allowed):
    return CorruptData(
        f"{path} is truncated, damaged or another file",
        got=got,
        allowed=allowed,
        fix="delete it and download it again",
    )


def _download(name, root):
    """Let torchvision download a data set aside, test it, and only then put its files in place."""
    folder = FOLDERS[name]
    elsewhere = f"or give the folder that holds {folder}/raw with --data-dir"
    try:
        datasets = import_module("torchvision.datasets")
    except ImportError as error:
        raise Unavailable(
            f"data set {name} is not in {root}, and torchvision, which downloads it, cannot be imported",
            got=str(error),
            fix=f"pip install torchvision, {elsewhere}",
        ) from None
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".download-") as aside, redirect_stdout(sys.stderr):
            getattr(datasets, folder)(root=aside, download=True)
            fresh, raw = Path(aside, folder, "raw"), root / folder / "raw"
            for file in FILES[name]:
                read(fresh, file)
            raw.mkdir(parents=True, exist_ok=True)
            for path in fresh.iterdir():
                os.replace(path, raw / path.name)
    except (RuntimeError, ConnectionError, TimeoutError) as error:
        raise _failed(name, error, elsewhere) from None
    except OSError as error:
        if error.errno is None:
            raise _failed(name, error, elsewhere) from None
        raise DiskError(f"{error.filename or root} cannot be written", got=error.strerror) from None


def _failed(name, error, elsewhere):
    return Unavailable(f"data set {name} could not be downloaded", got=str(error), fix=f"try again later, {elsewhere}")


def _plain(raw, file):
    return raw / file.name


def _archive(raw, file):
    return raw / f"{file.name}.gz"
