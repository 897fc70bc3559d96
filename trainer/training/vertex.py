"""Environment of Vertex AI training jobs: paths and the trial metric.

Source: the code requirements of Vertex AI custom training; the format of the
trial metric is that of `cloudml-hypertune` 0.1.
"""

import json
import os
import time

import keras

_BUCKETS = "/gcs"


def mounted(path: str) -> str:
    """Returns the local mount `/gcs/...` of a `gs://` path on Vertex AI.

    Args:
        path: Path; returned unchanged unless it starts with `gs://` and `/gcs`
            exists.
    """
    if path.startswith("gs://") and os.path.isdir(_BUCKETS):
        return f"{_BUCKETS}/{path.removeprefix('gs://')}"
    return path


def default_run_dir() -> str | None:
    """Returns the output folder of the Vertex AI job or trial, else None.

    It is the parent of the checkpoint folder that Vertex AI provides, whose
    name `checkpoints/`, like that of `logs/`, is the same as in a run.
    """
    checkpoints = os.environ.get("AIP_CHECKPOINT_DIR")
    if not checkpoints:
        return None
    return mounted(checkpoints.rstrip("/").rpartition("/")[0])


class TrialMetric(keras.callbacks.Callback):
    """Reports a metric to a Vertex AI tuning job; does nothing elsewhere.

    Example:
        model.fit(dataset, callbacks=[TrialMetric("val_auc")])

    Args:
        name: Name of the metric, the `metricId` of the job.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Appends the line of an epoch to the file that Vertex AI watches.

        Args:
            epoch: Epoch index, from 0.
            logs: Metrics of the epoch, by name.
        """
        path = os.environ.get("CLOUD_ML_HP_METRIC_FILE")
        if not path or not logs:
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        line = {
            "timestamp": time.time(),
            "trial": os.environ.get("CLOUD_ML_TRIAL_ID", "0"),
            self._name: str(logs[self._name]),
            "global_step": str(epoch + 1),
            "checkpoint_path": "",
        }
        with open(path, "a") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")
