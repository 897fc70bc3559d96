"""What the process of a trial runs: the trainer, no longer than its search."""

import os
import signal
import sys
import threading

from records.errors import run_command
from trainer import task


def main() -> None:
    """Runs a command of the trainer; ends as by SIGTERM with the search.

    However that ended, its end of the pipe is closed then. Two processes would
    train the run otherwise, once the search goes on.
    """
    threading.Thread(target=_end_with_search, daemon=True).start()
    task.main()


def _end_with_search() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    run_command(main)
