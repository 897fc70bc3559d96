"""Distribution strategy: the devices and workers that train a run."""

import atexit
import shutil
import sys
import tempfile

import keras
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.training import checkpoints
from trainer.training import run

_FOLDERS = (checkpoints.LAST, checkpoints.BEST)
_FILES = (run.FILE_NAME, run_artifacts.HISTORY)


def initialize_strategy(seed: int) -> tf.distribute.Strategy:
    """Makes training deterministic, and returns the distribution strategy.

    Args:
        seed: Random seed of Python, NumPy and TensorFlow.

    Returns:
        The strategy for all devices of all workers.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return build_strategy()


def build_strategy() -> tf.distribute.Strategy:
    """Returns the strategy for several workers, several GPUs or one device.

    With several workers, this blocks until all have connected.
    """
    if count_workers() > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def count_workers() -> int:
    """Returns the number of worker processes in `TF_CONFIG`."""
    cluster = _workers().cluster_spec().as_dict()
    return sum(len(cluster.get(kind, ())) for kind in ("chief", "worker"))


def is_chief() -> bool:
    """Returns whether this process writes results: alone, chief or worker 0."""
    workers = _workers()
    if workers.task_type != "worker":
        return True
    return not workers.task_id and "chief" not in workers.cluster_spec().jobs


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
    for folder in _FOLDERS:
        _copy(paths.join(run_dir, folder), paths.join(own, folder))
    for name in _FILES:
        if json_files.exists(run_dir, name):
            tf.io.gfile.copy(paths.join(run_dir, name), paths.join(own, name))
    return own


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
    if (number := count_workers()) > 1:
        raise UserError(
            f"{flag} works with one worker only, but TF_CONFIG names {number}; "
            "leave it out, or use one worker"
        )


def require_row_per_replica(batch_size: int, replicas: int) -> None:
    """Checks that no replica gets an empty part of a batch.

    TensorFlow gives each replica `ceil(batch_size / replicas)` rows, and the
    last ones the rest. For an empty part, batch statistics are undefined and
    the convolutions of oneDNN abort the process.

    Args:
        batch_size: Rows of a global batch.
        replicas: Number of replicas.

    Raises:
        UserError: If the last replica would get no row.
    """
    if batch_size <= -(-batch_size // replicas) * (replicas - 1):
        raise UserError(
            f"a batch of {batch_size} rows leaves one of {replicas} devices "
            f"without a row; make --batch_size a multiple of {replicas}, and "
            "use a data set that fills such a batch"
        )


def _workers() -> tf.distribute.cluster_resolver.TFConfigClusterResolver:
    return tf.distribute.cluster_resolver.TFConfigClusterResolver()


def _copy(source: str, target: str) -> None:
    """Copies the files of a folder, if it exists."""
    if not tf.io.gfile.exists(source):
        return
    tf.io.gfile.makedirs(target)
    for name in tf.io.gfile.listdir(source):
        tf.io.gfile.copy(paths.join(source, name), paths.join(target, name))
