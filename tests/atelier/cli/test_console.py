"""The console script: its commands, and that each runs its module."""

import pathlib
import re
import runpy
import subprocess
import sys
import tomllib

import pytest

from atelier.cli import console
from export import task as export_task
from trainer import task as trainer_task

ROOT = pathlib.Path(__file__).parents[3]


def test_the_package_has_one_script():
    with open(ROOT / "pyproject.toml", "rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]

    assert scripts == {"atelier": "atelier.cli.console:main"}


@pytest.mark.parametrize(
    "module", sorted({command.module for command in console.COMMANDS.values()})
)
def test_every_module_runs_as_a_command(module):
    path = ROOT / module.replace(".", "/")
    path = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")

    assert '\nif __name__ == "__main__":\n' in path.read_text()


@pytest.mark.parametrize("task", [trainer_task, export_task])
def test_every_subcommand_is_a_command(task, capsys):
    with pytest.raises(SystemExit):
        task.main(["--help"])
    _, _, listed = capsys.readouterr().out.partition("  COMMAND\n")
    names = re.findall(r"^ {4}([a-z-]+)", listed.split("\n\n")[0], re.M)

    assert {
        command.arguments[0]
        for command in console.COMMANDS.values()
        if command.module == task.__name__
    } == set(names)


def test_the_words_after_a_command_are_its_arguments(monkeypatch):
    ran = []
    monkeypatch.setattr(
        runpy, "run_module", lambda module, **_: ran.append((module, *sys.argv))
    )
    monkeypatch.setattr(
        sys, "argv", ["atelier", "train", "gan", "--steps", "3"]
    )

    console.main()

    assert ran == [("trainer.task", "atelier", "gan", "--steps", "3")]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["train"], "did you mean 'train recommender' or 'train gan'?"),
        (["train", "gna"], "did you mean 'train recommender' or 'train gan'?"),
        (["prepair", "--help"], "did you mean 'prepare'?"),
        (["dance"], "'dance'; `atelier --help` lists all"),
    ],
)
def test_an_unknown_command_gets_a_hint(words, hint, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["atelier", *words])

    with pytest.raises(SystemExit, match=r"^error: atelier has no") as caught:
        console.main()

    assert hint in str(caught.value)


def test_help_lists_every_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["atelier", "--help"])

    console.main()

    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in console.COMMANDS)
    assert max(map(len, printed.splitlines())) <= 80


def test_a_command_is_its_module():
    script = (
        "import sys\n"
        "sys.argv[:2] = ['/usr/bin/atelier', 'client']\n"
        "from atelier.cli.console import main\n"
        "main()"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, "client", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: python -m serving.client")
