"""The devices that a run is trained on, and the workers that share it."""

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
    """Returns the strategy that trains on all devices of all workers.

    Args:
        seed: What is drawn from now on, and so what is trained, follows from
            it.
    """
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return build_strategy()


def build_strategy() -> tf.distribute.Strategy:
    """Returns one strategy for several workers, one for several GPUs, or none.

    Several workers wait here until all are there.
    """
    if count_workers() > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def count_workers() -> int:
    """Returns how many processes `TF_CONFIG` says that the run is shared by."""
    cluster = _workers().cluster_spec().as_dict()
    return sum(len(cluster.get(kind, ())) for kind in ("chief", "worker"))


def is_chief() -> bool:
    """Returns whether this process is the one that writes: alone, or first."""
    workers = _workers()
    if workers.task_type != "worker":
        return True
    return not workers.task_id and "chief" not in workers.cluster_spec().jobs


def worker_run_dir(run_dir: str) -> str:
    """Returns the folder that this process writes to.

    Any worker but the chief takes the same steps and writes the same files, to
    a copy that ends with it.

    Args:
        run_dir: That of the run, which all workers can read.
    """
    if is_chief():
        return run_dir
    own = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    # The chief waits for all workers before it changes what is in folders.
    for folder in _FOLDERS:
        _copy(paths.join(run_dir, folder), paths.join(own, folder))
    for name in _FILES:
        if json_files.exists(run_dir, name):
            tf.io.gfile.copy(paths.join(run_dir, name), paths.join(own, name))
    return own


def verbosity() -> int:
    """Returns how much Keras says: a bar to people, lines to files, or 0.

    All workers would say the same, so only the chief speaks.
    """
    if not is_chief():
        return 0
    return 1 if sys.stdout.isatty() else 2


def require_single_worker(flag: str) -> None:
    """Makes sure that no other worker shares the run.

    Args:
        flag: What could not be meant for several.

    Raises:
        UserError: If one does.
    """
    if (number := count_workers()) > 1:
        raise UserError(
            f"--{flag} is for one worker, and TF_CONFIG names {number}; leave "
            "it out"
        )


def require_row_per_replica(batch_size: int, replicas: int) -> None:
    """Checks that no device gets an empty part of a batch.

    TensorFlow gives each device `ceil(batch_size / replicas)` rows, the last
    ones what is left. On an empty part batch statistics are undefined, and the
    convolutions of oneDNN end the process.

    Args:
        batch_size: Rows of a whole batch.
        replicas: Number of devices.

    Raises:
        UserError: If the last device would get none.
    """
    if batch_size <= -(-batch_size // replicas) * (replicas - 1):
        raise UserError(
            f"a batch of {batch_size} leaves one of {replicas} devices without "
            f"a row; make --batch_size a multiple of {replicas}, and use data "
            "that fill such a batch"
        )


def _workers() -> tf.distribute.cluster_resolver.TFConfigClusterResolver:
    return tf.distribute.cluster_resolver.TFConfigClusterResolver()


def _copy(source: str, target: str) -> None:
    """Copies a folder of files, if it is there."""
    if not tf.io.gfile.exists(source):
        return
    tf.io.gfile.makedirs(target)
    for name in tf.io.gfile.listdir(source):
        tf.io.gfile.copy(paths.join(source, name), paths.join(target, name))
