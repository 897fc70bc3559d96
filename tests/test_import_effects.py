"""Importing a module changes nothing that belongs to another library."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
ROOMS = ("beam_jobs", "export", "atelier", "serving", "trainer")
SCRIPT = """
import importlib
import logging
import pathlib
import sys
import warnings

ROOT, *NAMES = sys.argv[1:]
OURS = tuple(f"{ROOT}/{name.partition('.')[0]}/" for name in NAMES)


def report(event, arguments):
    # TensorFlow, scikit-learn and others set variables; that is their affair.
    if event not in ("os.putenv", "os.unsetenv"):
        return
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith("<frozen os"):
        frame = frame.f_back
    if frame.f_code.co_filename.startswith(OURS):
        print(frame.f_code.co_filename, "sets", arguments[0].decode())


sys.addaudithook(report)
for name in NAMES:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        # An optional package, as TFDV where it has no wheel.
        if error.name.startswith(tuple(one.partition(".")[0] for one in NAMES)):
            raise
        print("without", error.name, file=sys.stderr)
for name in ("", "apache_beam"):
    if logging.getLogger(name).level >= logging.ERROR:
        print("level of logger", repr(name))
print("done", len(NAMES))
"""


def modules(*folders):
    paths = [
        path.relative_to(ROOT).with_suffix("")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    names = [
        ".".join(path.parts).removesuffix(".__init__")
        for path in paths
        if path.name != "__main__"
    ]
    assert names
    return names


@pytest.mark.slow
@pytest.mark.compat
@pytest.mark.parametrize("folder", [ROOMS, ("benchmarks",)])
def test_importing_sets_no_environment_variable(folder):
    names = modules(*folder)

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ROOT, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == [f"done {len(names)}"], done.stderr
