"""Programs that tests compile are kept beside pytest's own cache, not in the user's."""

import os
import sys
import types
from pathlib import Path

import pytest

os.environ.setdefault("DFC_BRIAN_CACHE", str(Path(__file__).parent.parent / ".pytest_cache" / "dfc_brian"))


@pytest.fixture
def compare_command(monkeypatch, capsys):
    """Run ``python -m dfc_brian.compare`` in this process; returns exit code, stdout and stderr."""
    from dfc_brian.cli.compare import main

    def run(*args):
        monkeypatch.setattr(sys, "argv", ["compare", *args])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsys.readouterr()
        return types.SimpleNamespace(code=left.value.code, out=shown.out, err=shown.err)

    return run
