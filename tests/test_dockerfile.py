"""What can be known of the containers without building them."""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
LINES = [
    line
    for line in (ROOT / "Dockerfile").read_text().splitlines()
    if line and not line.startswith("#")
]
COPIED = [
    source
    for line in LINES
    if line.startswith("COPY ") and "--from" not in line
    for source in shlex.split(line)[1:-1]
]
"""All that goes from the checkout into a container."""
NOT_INSTALLED = {".conf", ".md", ".sh", ".pyc", ".yaml", ".yml"}


def test_the_beam_of_the_workers_is_that_of_their_package_set():
    (lock,) = (one for one in COPIED if one.endswith(".txt"))

    (pinned,) = re.findall(
        r"^apache-beam==(.*)$", (ROOT / lock).read_text(), re.MULTILINE
    )

    assert f"ARG BEAM_VERSION={pinned}" in LINES


def test_the_kfp_of_the_steps_is_that_of_the_pipelines():
    lock = (ROOT / "constraints" / "pipelines.txt").read_text()

    (pinned,) = re.findall(r"^kfp==(.*)$", lock, re.MULTILINE)

    assert f"ARG KFP_VERSION={pinned}" in LINES


def test_the_python_of_the_workers_is_that_of_their_package_set():
    (lock,) = (one for one in COPIED if one.endswith(".txt"))
    debian, python = re.fullmatch(
        r".*/debian(\d+)-py3(\d+)\.txt", lock
    ).groups()
    code_names = {"12": "bookworm", "13": "trixie"}

    image = f"python:3.{python}-slim-{code_names[debian]}@"
    assert any(line.startswith(f"ARG PYTHON_IMAGE={image}") for line in LINES)
    assert "FROM ${PYTHON_IMAGE} AS atelier" in LINES
    assert (
        f"FROM apache/beam_python3.{python}_sdk:${{BEAM_VERSION}} AS beam-sdk"
        in LINES
    )


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_there_and_not_ignored(source):
    allowed = (ROOT / ".dockerignore").read_text().splitlines()

    assert (ROOT / source).exists()
    assert "!" + source.split("/")[0] in allowed


@pytest.mark.slow
def test_all_modules_and_their_files_are_installed(tmp_path):
    """Builds the package as the Dockerfile does, of what it copies."""
    for source in COPIED:
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source,
                tmp_path / "copy" / source,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            (tmp_path / "copy" / source).parent.mkdir(
                parents=True, exist_ok=True
            )
            shutil.copy(ROOT / source, tmp_path / "copy" / source)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", tmp_path),
            tmp_path / "copy",
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")

    installed = set(zipfile.ZipFile(wheel).namelist())

    wanted = {
        str(path.relative_to(ROOT))
        for source in COPIED
        if (ROOT / source).is_dir()
        for path in (ROOT / source).rglob("*")
        if path.is_file() and path.suffix not in NOT_INSTALLED
    }
    assert len(wanted) > 50
    assert wanted - installed == set()
