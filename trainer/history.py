"""Keeps the metrics of each epoch as JSON lines beside the checkpoints."""

import keras

from records import results


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
        rows = []
        if results.exists(self._run_dir, results.HISTORY):
            rows = results.read_json_lines(self._run_dir, results.HISTORY)
        rows = [row for row in rows if row["epoch"] <= epoch]
        rows.append({"epoch": epoch + 1, **(logs or {})})
        results.write_json_lines(self._run_dir, results.HISTORY, rows)
