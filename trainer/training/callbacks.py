"""Callbacks that log the metrics and the time of each epoch."""

import time
from collections.abc import Callable

import keras

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.training.loop import TrainingLoop
from trainer.training.trial_metric import TrialMetric


def default_callbacks(
    run_dir: str, metric: str, loop: TrainingLoop, **gauges: Callable[[], float]
) -> list[keras.callbacks.Callback]:
    """Returns the default callbacks: JSONL log, TensorBoard, trial metric.

    TensorBoard logs go to `logs/`; Keras adds the optimizer's learning rates.

    Args:
        run_dir: Folder of the run.
        metric: Name of the metric to report to a tuning job.
        loop: Training loop; TensorBoard shows its input stall fraction.
        **gauges: Functions of further scalars for TensorBoard, by name.
    """

    def add_gauges(epoch: int, logs: dict[str, float]) -> None:
        """Adds scalars to the logs that later callbacks receive."""
        logs["input_stall_fraction"] = loop.input_stall
        logs.update({name: gauge() for name, gauge in gauges.items()})

    return [
        # Before the scalars, such as times, that differ between repetitions.
        JsonlLogger(run_dir),
        keras.callbacks.LambdaCallback(on_epoch_end=add_gauges),
        keras.callbacks.TensorBoard(
            paths.join(run_dir, "logs"), write_graph=False
        ),
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
        """Appends the line of an epoch, counted from 1 in the file."""
        rows = []
        if json_files.exists(self._run_dir, run_artifacts.HISTORY):
            rows = json_files.read_json_lines(
                self._run_dir, run_artifacts.HISTORY
            )
        rows = [row for row in rows if row["epoch"] <= epoch]
        rows.append({"epoch": epoch + 1, **(logs or {})})
        json_files.write_json_lines(self._run_dir, run_artifacts.HISTORY, rows)


class CpuTimer(keras.callbacks.Callback):
    """Writes the CPU seconds of the process so far to `training_time.json`.

    The time of all threads counts, that of a GPU does not; wall-clock time
    would depend on what else the machine does. A resumed run adds to the time
    of the earlier starts; an epoch that was interrupted counts from its resume.

    Example:
        timer = CpuTimer("runs/demo")  # Before the data are loaded.
        model.fit(dataset, callbacks=[timer])

    Args:
        run_dir: Folder of the file.
    """

    def __init__(self, run_dir: str) -> None:
        super().__init__()
        self._run_dir = run_dir
        self._start = time.process_time() - read_cpu_seconds(run_dir)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Writes the time since the start, with that of earlier starts."""
        json_files.write_json(
            self._run_dir,
            run_artifacts.TRAINING_TIME,
            {"cpu_seconds": time.process_time() - self._start},
        )


def read_cpu_seconds(run_dir: str) -> float:
    """Returns the CPU seconds of a run's training, 0.0 if not recorded."""
    if not json_files.exists(run_dir, run_artifacts.TRAINING_TIME):
        return 0.0
    stored = json_files.read_json(run_dir, run_artifacts.TRAINING_TIME)
    return float(stored["cpu_seconds"])
