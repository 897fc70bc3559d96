"""Errors of commands: one line for users, a traceback for bugs."""

import sys

import pytest
import tensorflow as tf

from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.io.errors import reason_of


def test_a_command_shows_one_sentence():
    def fail():
        raise UserError("no data; give some")

    with pytest.raises(SystemExit) as caught:
        run_command(fail)

    assert caught.value.code == "error: no data; give some"


def test_an_interrupted_command_says_so():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match="interrupted"):
        run_command(interrupt)


def test_of_what_tensorflow_says_the_reason_is_shown():
    text = "{{function_node __wrapped__SaveV2}} /full: No space left\n[[{{node"

    def fail():
        raise tf.errors.ResourceExhaustedError(None, None, text)

    with pytest.raises(SystemExit) as caught:
        run_command(fail)

    assert caught.value.code == "error: /full: No space left"
    error = RuntimeError(
        "Graph execution error:\n\nread less\n\t [[{{node x}}]]"
    )
    assert reason_of(error) == "read less"
    assert reason_of(KeyError()) == "KeyError"


def test_an_error_of_files_needs_no_tensorflow(monkeypatch):
    monkeypatch.delitem(sys.modules, "tensorflow")

    def fail():
        raise OSError(28, "No space left on device", "/full")

    with pytest.raises(SystemExit, match="^error: .*No space left on device"):
        run_command(fail)

    assert "tensorflow" not in sys.modules
