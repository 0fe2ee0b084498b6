"""A wheel carries models and recipes, and finds them from any folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from dfc_brian import library

HERE = Path(__file__).resolve().parents[2]
PARTS = ("dfc_brian", "models", "runs", "pyproject.toml", "README.md", "LICENSE")


def test_an_unpacked_wheel_lists_its_recipes(tmp_path):
    source, wheels, site = (tmp_path / name for name in ("source", "wheels", "site"))
    source.mkdir()
    for name in PARTS:
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copy
        copy(HERE / name, source / name)
    build = [
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        wheels,
        source,
    ]
    subprocess.run([sys.executable, *build], check=True, cwd=tmp_path)
    (wheel,) = wheels.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(site)

    packed = {path.relative_to(site) for path in (site / "dfc_brian").rglob("*.py")}
    assert {path.relative_to(HERE) for path in (HERE / "dfc_brian").rglob("*.py")} <= packed
    assert (site / "dfc_brian" / "reporting" / "page.html.jinja").is_file()

    code = "import setuptools, dfc_brian.library as x; print(x.__file__, *x.names('runs'), x.folder('models'))"
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    path = os.pathsep.join([str(site), *elsewhere])
    answer = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert answer.stdout.split() == [
        str(site / "dfc_brian" / "library.py"),
        *library.names("runs"),
        str(site / "dfc_brian" / "shipped" / "models"),
    ], answer.stderr
