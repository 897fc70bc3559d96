"""A trial: an ordinary run in a process of its own.

Which gives all memory back, that of a GPU too; and if it is killed for want of
memory, the search is not.
"""

import subprocess
import sys
import time
from collections.abc import Generator

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts

LOG = "train.log"
"""What the process printed, in the folder of the run."""
_SECONDS_BETWEEN_LOOKS = 0.2


class TrialError(Exception):
    """A trial that ended before its end; its text is the last that it said."""


def train_apart(
    module: str, flags: list[str], run_dir: str, metric: str
) -> Generator[float, None, None]:
    """Trains a run, and yields a metric of each of its epochs.

    Who closes the generator early ends the run, which saves first.

    Args:
        module: What is run, `python -m MODULE FLAGS`.
        flags: Its flags.
        run_dir: The folder of the run, which exists.
        metric: The name of the metric.

    Raises:
        TrialError: If the process fails.
    """
    path = paths.join(run_dir, LOG)
    with open(path, "a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *flags],
            stdin=subprocess.PIPE,  # Closed with us, whatever ends us.
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        seen, ended = 0, False
        while not ended:
            # Asked first: then what it wrote last is there to be read.
            ended = process.poll() is not None
            epochs = _history(run_dir)
            yield from (row[metric] for row in epochs[seen:])
            seen = len(epochs)
            if not ended:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        if process.returncode:
            raise TrialError(_last_line(path))
    finally:
        process.terminate()
        process.communicate()


def _history(run_dir: str) -> list[dict[str, float]]:
    if not json_files.exists(run_dir, run_artifacts.HISTORY):
        return []
    return json_files.read_json_lines(run_dir, run_artifacts.HISTORY)


def _last_line(path: str) -> str:
    with open(path, errors="replace") as log:
        lines = [line.strip() for line in log if line.strip()]
    return lines[-1] if lines else "it said nothing"
