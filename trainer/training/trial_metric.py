"""Callback that reports a metric to a tuning job of Vertex AI.

The format is that of `cloudml-hypertune` 0.1.
"""

import json
import os
import time

import keras


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
        """Appends the line of an epoch to the file that Vertex AI watches."""
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
