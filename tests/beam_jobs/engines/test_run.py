"""Output of `make test-flink` where a needed program is missing."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture
def run_engine(tmp_path):
    """Runs the script where PATH has nothing but the given programs."""

    def run(engine, **programs):
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/bash\n{script}\n")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            [
                *("/bin/bash", "tests/beam_jobs/engines/run.sh"),
                *(sys.executable, engine, "-k", "no_such_test"),
            ],
            cwd=ROOT,
            env={
                "PATH": str(tmp_path),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                "HOME": os.environ["HOME"],
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("engine", "programs", "missing"),
    [
        ("flink", {}, "java"),
        ("flink", {"java": ""}, "mvn"),
        ("spark", {"mvn": ""}, "java"),
        ("prism", {}, "go"),
    ],
)
def test_a_missing_program_is_no_failure(run_engine, engine, programs, missing):
    done = run_engine(engine, **programs)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"not run: make test-{engine}, {missing} is not installed\n"
    )


def test_a_maven_that_refuses_is_a_failure(run_engine):
    done = run_engine("flink", java="", mvn="exit 1")

    assert done.returncode == 1
    assert done.stderr.startswith("error: Maven cannot get org.apache.beam")
