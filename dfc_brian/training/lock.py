"""One process at a time in a run's folder. The kernel releases the lock when its process ends, however it ends."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from ..errors import BadInput
from ..files import disk_error

NAME = "lock"


class Lock:
    """Holds the folder until `release`. Raises `BadInput` while another process holds it, `DiskError`."""

    def __init__(self, folder: Path):
        self._path = folder / NAME
        while True:
            try:
                self._file = self._path.open("a")
            except OSError as problem:
                raise disk_error(self._path, problem) from problem
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._file.close()
                raise BadInput(
                    f"{folder} is in use",
                    got="another process trains there",
                    fix="wait until it ends, or choose another --out",
                ) from None
            except OSError:
                return  # a file system without locks
            if self._is_current():
                return
            self._file.close()

    def release(self) -> None:
        """Let others in; nothing of the lock stays in the folder."""
        with suppress(OSError):  # the folder may have been removed
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _is_current(self) -> bool:
        """Whether the file that is locked has not just been removed by its last holder."""
        try:
            return os.fstat(self._file.fileno()).st_ino == self._path.stat().st_ino
        except FileNotFoundError:
            return False
