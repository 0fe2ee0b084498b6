"""Files that are either complete or absent: a kill, a full disk or a crash leaves no half-written one."""

import os
from contextlib import contextmanager, suppress
from pathlib import Path

from dfc_brian.errors import DiskError


@contextmanager
def replacing(path):
    """Give the name (Path) of a file beside `path` to write to; once it is complete and on disk it becomes `path`.

    If anything fails, what was at `path` is untouched. Operating-system errors become `DiskError`.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield aside
        _sync(aside)
        os.replace(aside, path)
        _sync(path.parent)
    except DiskError:
        raise
    except OSError as problem:
        raise disk_error(path, problem) from problem
    finally:
        _remove(aside)


def write_text(path, text):
    """Write `text` (UTF-8) to `path`, whole or not at all."""
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def make_folder(path):
    """Create the folder `path` with its parents, unless it exists; `DiskError` if that is impossible."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise disk_error(path, problem) from problem


def disk_error(path, problem):
    """The `DiskError` for an `OSError` met at `path`."""
    return DiskError(
        f"cannot write {path}",
        got=problem.strerror or str(problem),
        fix="make room or permit writing there, or choose another folder with --out",
    )


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(aside):
    with suppress(OSError):  # the folder itself has gone or is read-only: nothing was left there
        aside.unlink(missing_ok=True)
