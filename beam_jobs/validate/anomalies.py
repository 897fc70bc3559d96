"""Anomaly detection against a schema and a baseline data set."""

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2

from beam_jobs.validate.dataset_statistics import Baseline
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.feature_skew import skew_anomalies
from beam_jobs.validate.schema import ENVIRONMENTS

DRIFTING = ("items", "users", "train")
"""Sets that are checked for drift. The held-out sets are small, and the choice
of the split may shift them more than user behavior does."""
_NO_RECORDS = anomalies_pb2.AnomalyInfo(
    severity=anomalies_pb2.AnomalyInfo.ERROR,
    short_description="No records",
    description="There are no records.",
    reason=[{"type": anomalies_pb2.AnomalyInfo.NO_DATA_IN_SPAN}],
)


def find_anomalies(
    described: DatasetStatistics, schema: Any, baseline: Baseline | None = None
) -> Any:
    """Compares the statistics of all sets with a schema and a baseline.

    Args:
        described: Statistics of the data set.
        schema: `Schema` proto; its drift thresholds apply to the baseline.
        baseline: Statistics of the data set to compare with.

    Returns:
        An `Anomalies` proto. Its keys are `set: feature`, and the paths of
        its `drift_skew_info` are (set, feature).
    """
    merged = anomalies_pb2.Anomalies(baseline=schema)
    for name, environment in ENVIRONMENTS.items():
        anomalies = tfdv.validate_statistics(
            described.statistics[name],
            schema,
            environment=environment,
            previous_statistics=baseline.statistics[name]
            if baseline and name in DRIFTING
            else None,
        )
        for feature, info in anomalies.anomaly_info.items():
            merged.anomaly_info[f"{name}: {feature}"].CopyFrom(info)
        if anomalies.HasField("dataset_anomaly_info"):
            merged.anomaly_info[f"{name}: all records"].CopyFrom(
                anomalies.dataset_anomaly_info
            )
        if anomalies.data_missing:  # TFDV reports no anomaly for it.
            merged.anomaly_info[f"{name}: all records"].CopyFrom(_NO_RECORDS)
        for drift in anomalies.drift_skew_info:
            drift.path.step.insert(0, name)
            merged.drift_skew_info.add().CopyFrom(drift)
    if baseline:
        for name, info in skew_anomalies(baseline.skew).items():
            merged.anomaly_info[name].CopyFrom(info)
    return merged


def sentences(anomalies: Any) -> list[str]:
    """Returns one line per anomaly, sorted by set and feature."""
    return [
        one_line(f"{name}: {info.description}")
        for name, info in sorted(anomalies.anomaly_info.items())
    ]


def one_line(text: str) -> str:
    """Escapes unprintable characters, since anomalies quote the data."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1]
        for character in text
    )
