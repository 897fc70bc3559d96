"""Entry point of a trial's process: the trainer, tied to its search."""

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

    However the search ends, its end of the stdin pipe is closed. A process that
    kept running would train the run together with that of the resumed search.
    """
    pipe = sys.stdin.fileno()
    threading.Thread(target=end_with, args=(pipe,), daemon=True).start()
    # The previous process may still be saving; it holds a lock on the same log.
    fcntl.flock(sys.stdout, fcntl.LOCK_EX)
    task.main()


def end_with(pipe: int) -> None:
    """Waits until the other end of a pipe is closed, then sends SIGTERM.

    Args:
        pipe: File descriptor of the read end; nothing is ever written to it.
    """
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    run_command(main)
