"""The commands that pipelines call have the flags that they give."""

import ast
import pathlib
import re
import shutil
import subprocess

import pytest

from atelier.cli.commands import COMMANDS
from atelier.schema import paths
from atelier.schema import run_artifacts
from tests.test_docs import check_command
from trainer.attribute_pretraining import train as pretraining

PIPELINES = pathlib.Path(__file__).parents[2] / "pipelines"


def check(words):
    """Checks a call of `atelier`: its words behind the name of the program."""
    name = " ".join(words[: 2 if words[1:2] and words[1][0] != "-" else 1])
    command = COMMANDS[name]
    rest = words[len(name.split()) :]
    check_command(command.module, " ".join([*command.arguments, *rest]))


def test_the_flags_of_the_steps_exist():
    tree = ast.parse((PIPELINES / "components.py").read_text())
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    for function in functions:
        texts = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        start = texts.index("atelier") + 1
        names = [
            text for text in texts[start:] if re.fullmatch("[a-z-]+", text)
        ]
        flags = [text for text in texts if re.fullmatch("--[a-z_]+=.*", text)]
        words = [*names[: 2 if " ".join(names[:2]) in COMMANDS else 1], *flags]
        check(words)
    assert len(functions) == 9


@pytest.mark.parametrize(
    "name",
    [
        paths.STATISTICS_PAGE,
        pretraining.FILE_NAME,
        run_artifacts.METRICS,
        run_artifacts.PAGE,
    ],
)
def test_the_steps_read_the_files_that_commands_write(name):
    assert f'/{name}"' in (PIPELINES / "components.py").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_flags_of_the_makefile_exist(tmp_path):
    for name in ("prepare.yaml", "catalog.yaml", "in_stock.csv", "flags.yaml"):
        (tmp_path / name).touch()
    printed = subprocess.run(
        [
            *("make", "--dry-run", "-f", PIPELINES / "Makefile", "NIGHT=."),
            *(f"EXPORTS={tmp_path}", f"WORK={tmp_path / 'work'}"),
            f"TRAIN_CONFIG={tmp_path / 'flags.yaml'}",
            f"PRETRAIN_CONFIG={tmp_path / 'flags.yaml'}",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\\\n", " ")
    lines = re.findall("^atelier (.*)$", printed, re.MULTILINE)
    for line in lines:
        check(line.split())
    assert len(lines) == 10
