"""Commands as text, in the form that the user typed."""

import sys

import pytest

from atelier.cli.commands import command_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (["/x/python", "/x/bin/atelier", "prepare"], "atelier train gan"),
        (["python", "-m", "trainer.task"], "python -m trainer.task gan"),
        (["python"], "python -m trainer.task gan"),
    ],
)
def test_the_form_of_the_command_that_runs(typed, text, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", typed)

    said = command_text("train gan", "--run_dir", "my run")

    assert said == f"{text} --run_dir 'my run'"
