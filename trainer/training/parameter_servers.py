"""Processes of workers and parameter servers, which a chief directs.

They run no code of their own: the chief sends them the steps. TensorFlow
servers never end by themselves, so the chief writes a file to the folder of the
run when the training has ended.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator

from atelier.io import files
from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer.training import cluster

_SECONDS = 2
_logger = logging.getLogger(__name__)


def serve(run_dir: str) -> None:
    """Serves as the worker or parameter server that `TF_CONFIG` names.

    Returns when the training has ended. A chief that was stopped by SIGTERM, or
    killed, is expected back.

    Args:
        run_dir: Folder of the run, shared with the chief.
    """
    import tensorflow as tf  # Takes seconds, and the chief checks flags first.

    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    before = _end_of(run_dir)
    server = tf.distribute.Server(
        resolver.cluster_spec(),
        job_name=resolver.task_type,
        task_index=resolver.task_id,
        protocol="grpc",
    )
    _logger.info(
        f"{resolver.task_type} {resolver.task_id} serves at {server.target}, "
        f"until {run_dir}/{run_artifacts.TRAINING_ENDED} is written"
    )
    while _end_of(run_dir) == before:
        time.sleep(_SECONDS)


@contextlib.contextmanager
def ending_servers(run_dir: str) -> Iterator[None]:
    """Context manager of a training, after which the servers end.

    Not after SIGTERM, because a preempted chief is started again. Does nothing
    without servers.

    Args:
        run_dir: Folder of the run, shared with the servers.
    """
    try:
        yield
    except SystemExit:
        raise
    except BaseException:
        _end(run_dir)
        raise
    else:
        _end(run_dir)


def _end(run_dir: str) -> None:
    if cluster.has_parameter_servers():
        files.make_folders(run_dir)
        json_files.write_json(
            run_dir, run_artifacts.TRAINING_ENDED, {"end": uuid.uuid4().hex}
        )


def _end_of(run_dir: str) -> object:
    """Returns what names the last end of a training, None before the first."""
    if not json_files.exists(run_dir, run_artifacts.TRAINING_ENDED):
        return None
    return json_files.read_json(run_dir, run_artifacts.TRAINING_ENDED)
