"""Callbacks that log the metrics of each epoch."""

import keras

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.training.loop import TrainingLoop
from trainer.training.scalar_logger import Gauge
from trainer.training.scalar_logger import ScalarLogger
from trainer.training.trial_metric import TrialMetric


def default_callbacks(
    run_dir: str, metric: str, loop: TrainingLoop, **gauges: Gauge
) -> list[keras.callbacks.Callback]:
    """Returns the default callbacks: JSONL log, TensorBoard, trial metric.

    TensorBoard logs go to `logs/`; Keras adds the optimizer's learning rates.

    Args:
        run_dir: Folder of the run.
        metric: Name of the metric to report to a tuning job.
        loop: Training loop; TensorBoard shows its input stall fraction.
        **gauges: Functions of further scalars for TensorBoard, by name.
    """
    logs = paths.join(run_dir, "logs")
    return [
        JsonlLogger(run_dir),
        ScalarLogger(input_stall_fraction=lambda: loop.input_stall, **gauges),
        keras.callbacks.TensorBoard(logs, write_graph=False),
        TrialMetric(metric),
    ]


class JsonlLogger(keras.callbacks.Callback):
    """Writes `history.jsonl`; a resumed run overwrites repeated epochs.

    Example:
        model.fit(dataset, callbacks=[JsonlLogger("runs/demo")])

    Args:
        run_dir: Folder of the file.
    """

    def __init__(self, run_dir: str) -> None:
        super().__init__()
        self._run_dir = run_dir

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Appends the line of an epoch, counted from 1 in the file.

        Args:
            epoch: Epoch index, from 0.
            logs: Metrics of the epoch, by name.
        """
        rows = []
        if json_files.exists(self._run_dir, run_artifacts.HISTORY):
            rows = json_files.read_json_lines(
                self._run_dir, run_artifacts.HISTORY
            )
        rows = [row for row in rows if row["epoch"] <= epoch]
        rows.append({"epoch": epoch + 1, **(logs or {})})
        json_files.write_json_lines(self._run_dir, run_artifacts.HISTORY, rows)
