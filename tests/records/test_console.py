"""Console scripts: their names, and that each runs its module as a command."""

import pathlib
import subprocess
import sys
import tomllib

import pytest

from records.console import COMMANDS

ROOT = pathlib.Path(__file__).parents[2]


def test_every_command_is_a_script_of_the_package():
    with open(ROOT / "pyproject.toml", "rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]

    assert scripts == dict.fromkeys(COMMANDS, "records.console:main")


@pytest.mark.parametrize("module", sorted(COMMANDS.values()))
def test_every_module_runs_as_a_command(module):
    path = ROOT / (module.replace(".", "/") + ".py")

    assert '\nif __name__ == "__main__":\n' in path.read_text()


def test_a_script_is_its_module():
    script = (
        "import sys\n"
        "sys.argv[0] = '/usr/bin/atelier-client'\n"
        "from records.console import main\n"
        "main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: python -m serving.client")
