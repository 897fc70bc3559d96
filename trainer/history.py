"""Keeps the metrics of each epoch as JSON lines beside the checkpoints."""

import json

import keras
import tensorflow as tf

from records import layout

FILE_NAME = "history.jsonl"


class History(keras.callbacks.Callback):
    """Writes `history.jsonl`; a resumed run overwrites what it repeats.

    Args:
        run_dir: Where the file goes.
    """

    def __init__(self, run_dir: str) -> None:
        super().__init__()
        self._run_dir = run_dir

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Adds the line of an epoch, counted from 1."""
        rows = [row for row in read_history(self._run_dir) if row["epoch"] <= epoch]
        rows.append({"epoch": epoch + 1, **(logs or {})})
        path = layout.join(self._run_dir, FILE_NAME)
        with tf.io.gfile.GFile(f"{path}.tmp", "w") as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows))
        tf.io.gfile.rename(f"{path}.tmp", path, overwrite=True)


def read_history(run_dir: str) -> list[dict[str, float]]:
    """Reads the metrics of each epoch, in order; none is an empty list."""
    path = layout.join(run_dir, FILE_NAME)
    if not tf.io.gfile.exists(path):
        return []
    with tf.io.gfile.GFile(path) as file:
        return [json.loads(line) for line in file.read().splitlines()]
