"""Programs that tests compile are kept beside pytest's own cache, not in the user's."""

import gc
import os
import sys
import types
from functools import partial
from pathlib import Path

import pytest

os.environ.setdefault("DFC_BRIAN_CACHE", str(Path(__file__).parent.parent / ".pytest_cache" / "dfc_brian"))


@pytest.fixture(scope="module", autouse=True)
def nothing_old_to_collect():
    """Brian2 collects garbage before each run: what is there when a file begins need not be looked at each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def in_process(monkeypatch, capsys):
    """Run the ``main`` of a command with a name and arguments in this process; returns exit code, stdout and stderr."""

    def run(main, name, *args):
        monkeypatch.setattr(sys, "argv", [name, *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return types.SimpleNamespace(code=left.value.code, out=shown.out, err=shown.err)

    return run


@pytest.fixture
def compare_command(in_process):
    """Run ``python -m dfc_brian.compare`` as `in_process` does."""
    from dfc_brian.cli.compare import main

    return partial(in_process, main, "compare")
