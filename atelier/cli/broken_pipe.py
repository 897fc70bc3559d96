"""Quiet end of commands whose output is piped into `head` or a pager."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_broken_pipe() -> Iterator[None]:
    """Context manager that ends the process if its output is no longer read.

    Raises:
        SystemExit: With 1, if the reader of standard output has gone.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_has_gone(sys.stdout.fileno()):
            raise  # Of a connection, which is an error to report.
        # Python flushes standard output at exit, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _reader_has_gone(output: int) -> bool:
    poll = select.poll()
    poll.register(output, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
