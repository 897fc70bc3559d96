"""Console scripts: their names, and that each runs its module as a command."""

import pathlib
import subprocess
import sys
import tomllib

import pytest

from atelier.cli.console import COMMANDS

ROOT = pathlib.Path(__file__).parents[3]


def test_every_command_is_a_script_of_the_package():
    with open(ROOT / "pyproject.toml", "rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]

    assert scripts == dict.fromkeys(COMMANDS, "atelier.cli.console:main")


@pytest.mark.parametrize("module", sorted(COMMANDS.values()))
def test_every_module_runs_as_a_command(module):
    path = ROOT / module.replace(".", "/")
    path = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")

    assert '\nif __name__ == "__main__":\n' in path.read_text()


def test_a_script_is_its_module():
    script = (
        "import sys\n"
        "sys.argv[0] = '/usr/bin/atelier-client'\n"
        "from atelier.cli.console import main\n"
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
