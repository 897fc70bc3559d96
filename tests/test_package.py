"""The source distribution, as `make package` builds it of the checkout."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

pytestmark = pytest.mark.slow
ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("beam_jobs", "export", "atelier", "pipelines", "serving", "trainer")
BESIDE = ("LICENSE", "Makefile", "README.md", "pyproject.toml", "setup.py")
NOT_NEEDED = {".conf", ".md", ".sh", ".yaml", ".yml"}
"""What people read, or other programs: no module opens it."""


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> pathlib.Path:
    """What `make package` leaves."""
    copy = tmp_path_factory.mktemp("package") / "checkout"
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, copy / room, ignore=ignored)
    for name in BESIDE:
        shutil.copy(ROOT / name, copy)
    binaries = pathlib.Path(sys.executable).parent
    # The environment is there already.
    command = ["make", "package", "SET=any", "READY=", f"BIN={binaries}"]
    subprocess.run(command, cwd=copy, check=True)
    return copy / "dist"


def wanted() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix not in NOT_NEEDED
    }


def test_both_hold_all_modules_and_their_files(dist):
    (source,) = dist.glob("*.tar.gz")
    (wheel,) = dist.glob("*.whl")
    with tarfile.open(source) as archive:
        in_source = {name.partition("/")[2] for name in archive.getnames()}
    in_wheel = set(zipfile.ZipFile(wheel).namelist())

    assert len(wanted()) > 300
    assert wanted() - in_source == set()
    assert wanted() - in_wheel == set()
    assert {"LICENSE", "setup.py", "pyproject.toml"} <= in_source


def test_it_is_named_as_the_commands_of_vertex_say(dist):
    text = (ROOT / "docs/vertex_ai.md").read_text()
    (source,) = dist.glob("*.tar.gz")
    assert f"dist/{source.name}" in text


def test_what_is_installed_of_it_runs_as_vertex_calls_it(dist, tmp_path):
    (source,) = dist.glob("*.tar.gz")
    target = tmp_path / "target"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--no-compile"),
            *("--target", target, source),
        ],
        check=True,
    )
    env = {**os.environ, "PYTHONPATH": str(target)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-m", "trainer.task", "--help"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "usage: python -m trainer.task" in done.stdout
    # It came from there, and not from the checkout.
    assert (target / "trainer" / "__pycache__").is_dir()
