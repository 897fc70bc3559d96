"""Keeps the metrics of each epoch beside the checkpoints."""

import keras

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.training.loop import TrainingLoop
from trainer.training.scalar_logger import Gauge
from trainer.training.scalar_logger import ScalarLogger
from trainer.training.vertex import TrialMetric


def default_callbacks(
    run_dir: str, metric: str, loop: TrainingLoop, **gauges: Gauge
) -> list[keras.callbacks.Callback]:
    """Returns what keeps them: as JSON lines, and in `logs/` for TensorBoard.

    Which is given the learning rates of the model's optimiser by Keras.

    Args:
        run_dir: Folder of the run.
        metric: Which of them a tuning job hears of.
        loop: Trains; TensorBoard shows how long it waits for data.
        **gauges: What else TensorBoard shows, by name.
    """
    logs = paths.join(run_dir, "logs")
    return [
        JsonlLogger(run_dir),
        ScalarLogger(data_wait=lambda: loop.data_wait, **gauges),
        keras.callbacks.TensorBoard(logs, write_graph=False),
        TrialMetric(metric),
    ]


class JsonlLogger(keras.callbacks.Callback):
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
        if json_files.exists(self._run_dir, run_artifacts.HISTORY):
            rows = json_files.read_json_lines(
                self._run_dir, run_artifacts.HISTORY
            )
        rows = [row for row in rows if row["epoch"] <= epoch]
        rows.append({"epoch": epoch + 1, **(logs or {})})
        json_files.write_json_lines(self._run_dir, run_artifacts.HISTORY, rows)
