"""Runs a trial as an ordinary training run in a subprocess.

A subprocess frees all memory when it ends, GPU memory included, and running
out of memory ends only the trial, not the search.
"""

import subprocess
import sys
import time
from collections.abc import Generator

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts

LOG = "train.log"
"""Output of the subprocess, in the folder of the run."""
_SECONDS_BETWEEN_POLLS = 0.2


class TrialError(Exception):
    """Failure of a trial, with the last line of its output."""


def train_apart(
    module: str, flags: list[str], run_dir: str, metric: str
) -> Generator[float, None, None]:
    """Trains a run in a subprocess and yields a metric of each epoch.

    Closing the generator early ends the run, which saves a checkpoint first.

    Args:
        module: Module to run, as `python -m MODULE FLAGS`.
        flags: Flags of the module.
        run_dir: Existing folder of the run.
        metric: Name of the metric.

    Raises:
        TrialError: If the process exits with an error.
    """
    path = paths.join(run_dir, LOG)
    with open(path, "a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *flags],
            stdin=subprocess.PIPE,  # Closed when this process ends, in any way.
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        seen, ended = 0, False
        while not ended:
            # Polled before the history is read, so that no epoch is missed.
            ended = process.poll() is not None
            epochs = _history(run_dir)
            yield from (row[metric] for row in epochs[seen:])
            seen = len(epochs)
            if not ended:
                time.sleep(_SECONDS_BETWEEN_POLLS)
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
    return lines[-1] if lines else "no output"
