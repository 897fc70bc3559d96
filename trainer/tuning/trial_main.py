"""What the process of a trial runs: the trainer, no longer than its search."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import fcntl
import os
import signal
import sys
import threading

from atelier.cli.run_command import run_command
from trainer import task


def main() -> None:
    """Runs a command of the trainer; ends as by SIGTERM with the search.

    However that ended, its end of the pipe is closed then. Two processes would
    train the run otherwise, once the search goes on.
    """
    pipe = sys.stdin.fileno()
    threading.Thread(target=end_with, args=(pipe,), daemon=True).start()
    # The one before may still be saving, which holds the same log.
    fcntl.flock(sys.stdout, fcntl.LOCK_EX)
    task.main()


def end_with(pipe: int) -> None:
    """Waits until the other end of a pipe is closed, then sends SIGTERM.

    Args:
        pipe: The end to read from, into which nobody writes.
    """
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    run_command(main)
