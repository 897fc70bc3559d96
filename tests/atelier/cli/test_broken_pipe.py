"""Commands whose output is no longer read."""

import contextlib
import os

import pytest

from atelier.cli.broken_pipe import quiet_broken_pipe


@pytest.fixture
def pipe():
    """The reader of a pipe, a file descriptor, and its writer, a file."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as output:
        yield reader, output


def test_a_reader_that_has_gone_ends_the_command_quietly(pipe):
    reader, output = pipe
    os.close(reader)
    with (
        contextlib.redirect_stdout(output),
        pytest.raises(SystemExit) as caught,
        quiet_broken_pipe(),
    ):
        print("the first of many lines")
    assert caught.value.code == 1


def test_a_broken_connection_stays_an_error(pipe):
    reader, output = pipe
    with (
        contextlib.redirect_stdout(output),
        pytest.raises(BrokenPipeError),
        quiet_broken_pipe(),
    ):
        raise BrokenPipeError
    os.close(reader)
