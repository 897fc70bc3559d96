"""Checkpoints of a run: the last ones to resume from, and the best one."""

import contextlib
import datetime
import logging
import re
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from atelier.io import files
from atelier.io.errors import UserError
from atelier.io.errors import reason_of
from atelier.schema import paths
from atelier.schema import run_artifacts

_NAME = "ckpt"
_INDEX = re.compile(rf"({_NAME}-(\d+))\.index")
_UNREACHABLE = (
    tf.errors.AbortedError,
    tf.errors.DeadlineExceededError,
    tf.errors.PermissionDeniedError,
    tf.errors.ResourceExhaustedError,
    tf.errors.UnavailableError,
)
_OF_TENSORFLOW = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")
"""Keys that TensorFlow adds to a checkpoint."""
_logger = logging.getLogger(__name__)


class DamagedCheckpointError(UserError):
    """Checkpoint with a file that is cut short, corrupt or missing."""


def find_checkpoints(run_dir: str, folder: str) -> list[str]:
    """Returns the paths of the checkpoints in a folder, newest first.

    They are found by their index files, which TensorFlow writes last, because
    its own list may be damaged as well.

    Args:
        run_dir: Folder of the run.
        folder: Subfolder, one of `run_artifacts.CHECKPOINTS`.
    """
    path = paths.join(run_dir, folder)
    matches = filter(None, map(_INDEX.fullmatch, files.list_names(path)))
    newest_first = sorted(matches, key=lambda match: -int(match[2]))
    return [paths.join(path, match[1]) for match in newest_first]


def best_checkpoint(run_dir: str) -> str | None:
    """Returns the path of the best checkpoint of a run, None before it."""
    best = find_checkpoints(run_dir, run_artifacts.BEST_CHECKPOINT)
    return best[0] if best else None


def best_checkpoint_time(run_dir: str) -> datetime.datetime:
    """Returns the time at which the best checkpoint of a run was written.

    Args:
        run_dir: Folder of a trained run.

    Returns:
        Time in UTC, to the second.
    """
    written = tf.io.gfile.stat(f"{best_checkpoint(run_dir)}.index").mtime_nsec
    return datetime.datetime.fromtimestamp(written // 10**9, datetime.UTC)


@contextlib.contextmanager
def reading(path: str) -> Iterator[None]:
    """Context manager for reading a checkpoint, which names a damaged one.

    Args:
        path: Path of the checkpoint.

    Raises:
        DamagedCheckpointError: If the code inside finds a file damaged.
    """
    # TensorFlow's reader reports an unreachable index as a damaged one.
    files.read_bytes(f"{path}.index")
    try:
        yield
    except _UNREACHABLE:
        raise
    except (IndexError, tf.errors.OpError) as error:
        raise DamagedCheckpointError(
            f"the checkpoint {path} is damaged ({reason_of(error)}); copy the "
            "run again, or train it again with a new --run_dir"
        ) from error


def items_of(model: keras.Model) -> dict[str, Any]:
    """Returns the trackable objects of a compiled model, by checkpoint key."""
    return {
        "model": model,
        "optimizer": model.optimizer,
        # Keras does not track them with the model weights.
        "random": seed_states(model),
    }


def seed_states(model: keras.Model) -> list[tf.Variable]:
    """Returns the state of each random layer of a model.

    Args:
        model: A model.

    Returns:
        Seed and number of draws of each layer, uint32 [2].
    """
    return [
        variable.value
        for variable in model.non_trainable_variables
        if "seed_generator" in variable.path
    ]


class Checkpoints:
    """Checkpoints of a run, with its step count and early-stopping state.

    Example:
        checkpoints = Checkpoints("runs/demo", model=model)
        checkpoints.resume()
        checkpoints.count_step()
        checkpoints.end_epoch(merit=0.8)

    Args:
        run_dir: Folder of the run.
        **items: Trackable objects to save beside the counts, by name.
    """

    def __init__(self, run_dir: str, **items: Any) -> None:
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._best = tf.Variable(float("-inf"), trainable=False)
        self._epochs_since_best = tf.Variable(0, trainable=False)
        items = {
            "step": self._step,
            "best": self._best,
            "epochs_since_best": self._epochs_since_best,
            **items,
        }
        self._checkpoint = tf.train.Checkpoint(**items)
        self._saved = {*items, *_OF_TENSORFLOW}
        self._of_last, self._of_best = (
            tf.train.CheckpointManager(
                self._checkpoint,
                paths.join(run_dir, folder),
                max_to_keep=kept,
                checkpoint_name=_NAME,
            )
            for folder, kept in zip(
                run_artifacts.CHECKPOINTS, (2, 1), strict=True
            )
        )
        self._run_dir = run_dir

    @property
    def steps(self) -> int:
        """Number of completed steps."""
        return int(self._step)

    @property
    def epochs_since_best(self) -> int:
        """Number of consecutive epochs without improvement."""
        return int(self._epochs_since_best)

    def resume(self) -> int:
        """Restores the last checkpoint, if there is one.

        Skips damaged checkpoints: tries the older ones, then the best one.

        Returns:
            The number of completed steps.

        Raises:
            UserError: If the checkpoint holds another model or is of another
                training, or all are damaged.
        """
        checkpoints = [
            path
            for folder in run_artifacts.CHECKPOINTS
            for path in find_checkpoints(self._run_dir, folder)
        ]
        for path in checkpoints:
            try:
                self._restore(path)
            except DamagedCheckpointError:
                _logger.warning("%s is damaged and is left out", path)
            else:
                return self.steps
        listed = (self._of_last, self._of_best)
        if checkpoints or any(manager.latest_checkpoint for manager in listed):
            raise UserError(
                f"all checkpoints of {self._run_dir} are damaged; give another "
                "--run_dir to train from the start"
            )
        return 0

    def _restore(self, path: str) -> None:
        with reading(path):
            self._require_same_training(path)
            status = self._checkpoint.restore(path)
        try:
            status.assert_existing_objects_matched()
        except AssertionError as error:
            raise UserError(
                f"{path} holds another model than this code builds; give "
                "another --run_dir"
            ) from error

    def _require_same_training(self, path: str) -> None:
        """Checks that this training saves all that a checkpoint holds.

        A training with another loss may save more beside the same model.

        Raises:
            UserError: If the checkpoint holds something else.
        """
        names = {
            name.partition("/")[0] for name, _ in tf.train.list_variables(path)
        }
        if others := names - self._saved:
            raise UserError(
                f"{path} is of a training with another objective: it holds "
                f"{min(others)!r}, which this training does not save; give "
                "another --run_dir"
            )

    def restore_best(self, model: keras.Model) -> None:
        """Restores the weights of the best epoch into a model.

        Raises:
            DamagedCheckpointError: If they cannot be read.
        """
        path = best_checkpoint(self._run_dir)
        if path:
            with reading(path):
                status = tf.train.Checkpoint(model=model).restore(path)
            status.expect_partial()

    def count_step(self) -> None:
        """Increments the number of completed steps."""
        self._step.assign_add(1)

    def save(self) -> None:
        """Writes a checkpoint to resume from."""
        self._of_last.save(self.steps)

    def end_epoch(self, merit: float) -> None:
        """Writes a checkpoint, and updates the best one.

        Args:
            merit: Metric of the epoch; larger is better.
        """
        self._epochs_since_best.assign_add(1)
        if merit > float(self._best):
            self._best.assign(merit)
            self._epochs_since_best.assign(0)
            self._of_best.save(self.steps)
        self.save()
