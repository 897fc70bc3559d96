"""The workers of a run, as `TF_CONFIG` names them.

Read here and not by `tf.distribute`, so that a command can check it before it
imports TensorFlow.
"""

import atexit
import json
import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any

from atelier.io import files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts

_ROLES = ("chief", "worker", "ps")
_FILES = (run_artifacts.RUN, run_artifacts.HISTORY)


def count_workers() -> int:
    """Returns the number of worker processes in `TF_CONFIG`.

    Raises:
        UserError: If `TF_CONFIG` is malformed.
    """
    cluster = _tf_config().get("cluster", {})
    return sum(len(cluster.get(role, ())) for role in ("chief", "worker"))


def worker_index() -> int:
    """Returns the index of this process among the workers, the chief first."""
    config = _tf_config()
    task, cluster = config.get("task", {}), config.get("cluster", {})
    if task.get("type") != "worker":
        return 0
    return int(task.get("index", 0)) + len(cluster.get("chief", ()))


def is_chief() -> bool:
    """Returns whether this process writes results: alone, chief or worker 0."""
    return worker_index() == 0


def worker_run_dir(run_dir: str) -> str:
    """Returns the folder that this process writes to.

    Workers other than the chief run the same steps and write the same files, to
    a temporary copy that is deleted when the process exits.

    Args:
        run_dir: Folder of the run, readable for all workers.
    """
    if is_chief():
        return run_dir
    own = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    # The chief waits for all workers before it changes these folders.
    for name in run_artifacts.CHECKPOINTS:
        _copy_folder(paths.join(run_dir, name), paths.join(own, name))
    for name in _FILES:
        _copy_file(paths.join(run_dir, name), paths.join(own, name))
    return own


def has_parameter_servers() -> bool:
    """Returns whether `TF_CONFIG` names parameter servers.

    Raises:
        UserError: If it is malformed, or names no cluster of one chief, workers
            and servers with this process in it.
    """
    config = _tf_config()
    sizes = {
        role: len(tasks) for role, tasks in config.get("cluster", {}).items()
    }
    if not sizes.get("ps"):
        return False
    if sizes.get("chief") != 1 or not sizes.get("worker"):
        raise UserError(
            "parameter servers need one `chief` and at least one `worker` in "
            f"TF_CONFIG, got {sizes}; add them, or leave the role ps out"
        )
    task = config.get("task", {})
    role, index = task.get("type"), int(task.get("index", 0))
    if role not in _ROLES or not 0 <= index < sizes[role]:
        raise UserError(
            "the task of this process in TF_CONFIG must be a "
            f"{', '.join(_ROLES)} of its cluster of {sizes}, got {task}"
        )
    return True


def is_server() -> bool:
    """Returns whether this process only runs what a chief sends it."""
    role = _tf_config().get("task", {}).get("type")
    return has_parameter_servers() and role != "chief"


def verbosity() -> int:
    """Returns the Keras verbosity: 1 on a terminal, 2 in a file, or 0.

    Only the chief prints, because all workers have the same output.
    """
    if not is_chief():
        return 0
    return 1 if sys.stdout.isatty() else 2


def require_single_worker(flag: str) -> None:
    """Checks that the run has only one worker.

    Args:
        flag: Name of the flag or command that supports one worker only.

    Raises:
        UserError: If there are several workers.
    """
    if (num_workers := count_workers()) > 1:
        raise UserError(
            f"{flag} works with one worker only, but TF_CONFIG names "
            f"{num_workers}; leave it out, or use one worker"
        )


def _tf_config() -> dict[str, Any]:
    """Returns `TF_CONFIG`; empty if it is unset or blank.

    Templates of Kubernetes leave it blank for a process without a cluster.
    """
    text = os.environ.get("TF_CONFIG", "").strip()
    if not text:
        return {}
    try:
        config = json.loads(text)
        int(config.get("task", {}).get("index", 0))
        for tasks in config.get("cluster", {}).values():
            len(tasks)
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(
            "TF_CONFIG must be JSON such as "
            '{"cluster": {"worker": ["host:port"]}, "task": {"type": "worker", '
            f'"index": 0}}}}, got {text!r} ({error}); unset it to train with '
            "this process alone"
        ) from error
    return dict(config)


def _copy_folder(source: str, target: str) -> None:
    """Copies the files of a folder; creates an empty one if there is none."""
    os.makedirs(target)
    for name in files.list_names(source):
        _copy_file(paths.join(source, name), paths.join(target, name))


def _copy_file(source: str, target: str) -> None:
    if files.exists(source):
        pathlib.Path(target).write_bytes(files.read_bytes(source))
