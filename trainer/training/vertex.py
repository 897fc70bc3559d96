"""What Vertex AI tells a training job, in variables of the environment.

Source: the code requirements of Vertex AI's custom training; a trial's metric
as `cloudml-hypertune` 0.1 writes it.
"""

import json
import os
import time

import keras

_BUCKETS = "/gcs"


def mounted(path: str) -> str:
    """Returns a path, of Cloud Storage where Vertex AI mounts it: `/gcs/...`.

    Args:
        path: A `gs://` address, or any other path, which is returned as it is.
    """
    if path.startswith("gs://") and os.path.isdir(_BUCKETS):
        return f"{_BUCKETS}/{path.removeprefix('gs://')}"
    return path


def default_run_dir() -> str | None:
    """Returns the folder of the job's, or the trial's, output; None elsewhere.

    Vertex AI names its `checkpoints/` and `logs/` as we do.
    """
    checkpoints = os.environ.get("AIP_CHECKPOINT_DIR")
    if not checkpoints:
        return None
    return mounted(checkpoints.rstrip("/").rpartition("/")[0])


class TrialMetric(keras.callbacks.Callback):
    """Reports the metric that a tuning job compares its trials by.

    It does nothing outside of one.

    Args:
        name: Of the metric, the `metricId` of the job.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Adds the line of an epoch to the file that Vertex AI watches."""
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
