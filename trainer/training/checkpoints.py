"""Checkpoints of a run: the last ones to resume from, and the best one."""

from typing import Any

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths

LAST = "checkpoints"
"""Subfolder of the run with the checkpoints that training resumes from."""
BEST = "best"
"""Subfolder of the run with the checkpoint of the best epoch."""


def items_of(model: keras.Model) -> dict[str, Any]:
    """Returns what a checkpoint saves of a compiled model, by name."""
    return {
        "model": model,
        "optimizer": model.optimizer,
        # Dropout seeds; Keras does not track them with the model weights.
        "random": [
            variable.value
            for variable in model.non_trainable_variables
            if "seed_generator" in variable.path
        ],
    }


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
        self._checkpoint = tf.train.Checkpoint(
            step=self._step,
            best=self._best,
            epochs_since_best=self._epochs_since_best,
            **items,
        )
        self._of_last, self._of_best = (
            tf.train.CheckpointManager(
                self._checkpoint, paths.join(run_dir, folder), max_to_keep=kept
            )
            for folder, kept in ((LAST, 2), (BEST, 1))
        )

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

        Returns:
            The number of completed steps.

        Raises:
            UserError: If the checkpoint holds another model.
        """
        path = self._of_last.latest_checkpoint
        if path:
            status = self._checkpoint.restore(path)
            try:
                status.assert_existing_objects_matched()
            except AssertionError as error:
                raise UserError(
                    f"{path} holds another model than this code builds; give "
                    "another --run_dir"
                ) from error
        return self.steps

    def restore_best(self, model: keras.Model) -> None:
        """Restores the weights of the best epoch into a model."""
        tf.train.Checkpoint(model=model).restore(
            self._of_best.latest_checkpoint
        ).expect_partial()

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
