"""Anomalies of all sets in one message, from the answers of TFDV."""

import pytest

pytest.importorskip("tensorflow_data_validation")

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tensorflow_metadata.proto.v0 import schema_pb2

from beam_jobs.validate.anomalies import DRIFTING
from beam_jobs.validate.anomalies import find_anomalies
from beam_jobs.validate.anomalies import sentences
from beam_jobs.validate.dataset_statistics import Baseline
from beam_jobs.validate.dataset_statistics import DatasetStatistics
from beam_jobs.validate.schema import ENVIRONMENTS


@pytest.fixture
def answers(monkeypatch):
    """Answers of TFDV by set; the statistics of a set are its name."""
    answers = {name: anomalies_pb2.Anomalies() for name in ENVIRONMENTS}

    def validate(name, schema, environment, previous_statistics):
        assert environment == ENVIRONMENTS[name]
        assert previous_statistics == (name if name in DRIFTING else None)
        return answers[name]

    monkeypatch.setattr(tfdv, "validate_statistics", validate)
    return answers


def test_each_anomaly_names_its_set(answers):
    price = answers["items"].anomaly_info["price"]
    price.description = "Below\n0."
    few = answers["users"].dataset_anomaly_info
    few.description = "Too few."
    answers["train"].data_missing = True
    answers["items"].drift_skew_info.add().path.step.append("category")
    names = {name: name for name in ENVIRONMENTS}

    merged = find_anomalies(
        DatasetStatistics("data", None, names),
        schema_pb2.Schema(),
        Baseline("before", None, names, {"features": {}}),
    )

    assert sentences(merged) == [
        "items: price: Below\\n0.",
        "train: all records: There are no records.",
        "users: all records: Too few.",
    ]
    (drift,) = merged.drift_skew_info
    assert list(drift.path.step) == ["items", "category"]
