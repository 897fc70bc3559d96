"""Settings that the Makefile chooses or passes on, without running a target."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    shutil.which("make") is None, reason="needs make"
)


OF_MAKE = {"ARGS", "COVERAGE", "PYTHON", "SET", "VENV"}
"""Variables that the make which runs the tests passes on."""


def make(*arguments, **environment):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "PIP_", "UV_", "SSL_"))
        and name not in OF_MAKE
    }
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def variables(*arguments, **environment):
    done = make("--print-data-base", "help", *arguments, **environment)
    return dict(re.findall(r"^(\w+) :?= (.*)$", done.stdout, re.MULTILINE))


def test_settings_of_pip_reach_uv():
    found = variables(
        PIP_INDEX_URL="https://mirror.example/simple",
        PIP_FIND_LINKS="/wheels",
        PIP_CERT="/certificates.pem",
    )

    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["UV_FIND_LINKS"] == "/wheels"
    assert found["SSL_CERT_FILE"] == "/certificates.pem"
    assert found["UV_SYSTEM_CERTS"] == "1"


def test_settings_of_uv_come_first():
    found = variables(PIP_INDEX_URL="https://pip.example", UV_DEFAULT_INDEX="x")

    assert found["UV_DEFAULT_INDEX"] == "x"
    assert "UV_FIND_LINKS" not in found


def test_a_python_with_a_package_set_is_chosen(tmp_path):
    for name, code in (("python3.12", "exit 1"), ("python3.11", "echo a-set")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)

    found = variables(PATH=f"{tmp_path}:{os.environ['PATH']}")

    assert found["PYTHON"] == "python3.11"


def test_a_set_that_is_given_brings_its_python():
    assert variables("SET=current-py312")["PYTHON"] == "python3.12"
    assert variables("SET=current-py312", "PYTHON=mine")["PYTHON"] == "mine"
    assert variables("SET=any")["PYTHON"].startswith("python3")


def test_a_python_without_a_package_set_is_refused_in_a_sentence(tmp_path):
    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'import platform, runpy, sys; "
        'platform.system = lambda: "Darwin"; '
        'runpy.run_path(sys.argv[1], run_name="__main__")\' "$@"\n'
    )
    python.chmod(0o755)

    done = make("--dry-run", "install", f"PYTHON={python}")

    assert done.returncode == 2
    assert "received Darwin" in done.stderr
    assert done.stderr.count("\n") == 1
