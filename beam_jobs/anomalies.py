"""Compares every set of records with the schema and with a baseline."""

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2

from beam_jobs.schema import ENVIRONMENTS
from beam_jobs.statistics import Statistics

DRIFTING = ("items", "users", "train")
"""Sets that are compared with the baseline's. What is held out is small, and
how it is chosen may move it more than the people do."""


def find_anomalies(
    statistics: Statistics, schema: Any, baseline: Statistics | None = None
) -> Any:
    """Compares every set with the schema.

    Args:
        statistics: Those of all sets.
        schema: The `Schema`.
        baseline: Those of the data set to compare with, by the thresholds of
            the schema.

    Returns:
        One `Anomalies`; its keys are `set: feature`, and the paths of its
        `drift_skew_info` are (set, feature).
    """
    merged = anomalies_pb2.Anomalies(baseline=schema)
    for name, environment in ENVIRONMENTS.items():
        found = tfdv.validate_statistics(
            statistics[name],
            schema,
            environment=environment,
            previous_statistics=baseline[name]
            if baseline and name in DRIFTING
            else None,
        )
        for feature, info in found.anomaly_info.items():
            merged.anomaly_info[f"{name}: {feature}"].CopyFrom(info)
        if found.HasField("dataset_anomaly_info"):
            merged.anomaly_info[f"{name}: all records"].CopyFrom(
                found.dataset_anomaly_info
            )
        for drift in found.drift_skew_info:
            drift.path.step.insert(0, name)
            merged.drift_skew_info.add().CopyFrom(drift)
    return merged


def sentences(anomalies: Any) -> list[str]:
    """Returns a line for each anomaly, sorted; ids and words in it are quoted
    from the data, so what would break the line is escaped."""
    return [
        _one_line(f"{name}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items())
    ]


def _one_line(text: str) -> str:
    return "".join(
        one if one.isprintable() else ascii(one)[1:-1] for one in text
    )
