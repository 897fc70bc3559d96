"""Compares every set of records with the schema and with a baseline."""

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2

from beam_jobs.validate.dataset_statistics import Baseline
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.feature_skew import skew_anomalies
from beam_jobs.validate.schema import ENVIRONMENTS

DRIFTING = ("items", "users", "train")
"""Sets that are compared with the baseline's. What is held out is small, and
how it is chosen may move it more than the people do."""
_NO_RECORDS = anomalies_pb2.AnomalyInfo(
    severity=anomalies_pb2.AnomalyInfo.ERROR,
    short_description="No records",
    description="There are no records.",
    reason=[{"type": anomalies_pb2.AnomalyInfo.NO_DATA_IN_SPAN}],
)


def find_anomalies(
    described: DatasetStatistics, schema: Any, baseline: Baseline | None = None
) -> Any:
    """Compares every set with the schema, and with the baseline.

    Args:
        described: The data set.
        schema: The `Schema`; its thresholds are for the baseline.
        baseline: The data set to compare with.

    Returns:
        One `Anomalies`; its keys are `set: feature`, and the paths of its
        `drift_skew_info` are (set, feature).
    """
    merged = anomalies_pb2.Anomalies(baseline=schema)
    for name, environment in ENVIRONMENTS.items():
        found = tfdv.validate_statistics(
            described.statistics[name],
            schema,
            environment=environment,
            previous_statistics=baseline.statistics[name]
            if baseline and name in DRIFTING
            else None,
        )
        for feature, info in found.anomaly_info.items():
            merged.anomaly_info[f"{name}: {feature}"].CopyFrom(info)
        if found.HasField("dataset_anomaly_info"):
            merged.anomaly_info[f"{name}: all records"].CopyFrom(
                found.dataset_anomaly_info
            )
        if found.data_missing:  # TFDV finds nothing wrong with nothing.
            merged.anomaly_info[f"{name}: all records"].CopyFrom(_NO_RECORDS)
        for drift in found.drift_skew_info:
            drift.path.step.insert(0, name)
            merged.drift_skew_info.add().CopyFrom(drift)
    if baseline:
        for name, info in skew_anomalies(baseline.skew).items():
            merged.anomaly_info[name].CopyFrom(info)
    return merged


def sentences(anomalies: Any) -> list[str]:
    """Returns a line for each anomaly, sorted by set and feature."""
    return [
        one_line(f"{name}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items())
    ]


def one_line(text: str) -> str:
    """Escapes what is no printable character; anomalies quote the data."""
    return "".join(
        one if one.isprintable() else ascii(one)[1:-1] for one in text
    )
