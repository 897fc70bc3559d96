"""Workers of `prepare` start without TensorFlow."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = """
import importlib
import sys

for name in sys.argv[1:]:
    importlib.import_module(name)
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "modules",
    [
        # What a worker imports to run the stages, and what launches them.
        ("beam_jobs.prepare.pipeline", "beam_jobs.prepare.cli"),
        ("beam_jobs.engines.worker",),
    ],
    ids=lambda modules: modules[0],
)
def test_tensorflow_is_imported_with_the_first_record(modules):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, *modules],
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
