"""Which features a run keeps, and for which run they are read again."""

import dataclasses
import pathlib

import numpy as np
import pytest

from atelier.schema import run_artifacts
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pretrained_features import ImageFeatures
from trainer.recommender.pretrained_features import read_features
from trainer.recommender.pretrained_features import write_features
from trainer.training.run import Run

NETWORK = "efficientnet_lite0"
FEATURES = ImageFeatures(np.arange(6, dtype=np.float32).reshape(3, 2), 1.5)


@pytest.fixture
def run(tmp_path):
    config = RecommenderConfig(backbone=NETWORK)
    return Run(str(tmp_path), "data", "hash", 64, "pad", "white", config)


def changed(run, **values):
    return dataclasses.replace(
        run, config=dataclasses.replace(run.config, **values)
    )


def test_features_are_read_as_they_were_written(run):
    assert read_features(run, NETWORK) is None
    write_features(run, FEATURES)
    kept = read_features(run, NETWORK)
    np.testing.assert_array_equal(kept.values, FEATURES.values)
    assert kept.values.dtype == np.float32
    assert kept.cpu_seconds == 1.5


def test_they_belong_to_one_network_and_one_data_set(run):
    write_features(run, FEATURES)
    assert read_features(run, "small") is None
    assert read_features(changed(run, weights="shop.npz"), NETWORK) is None
    other = dataclasses.replace(run, content_hash="other")
    assert read_features(other, NETWORK) is None


@pytest.mark.parametrize(
    "values", [{"backbone": "small"}, {"weights": "a.npz"}]
)
def test_features_of_other_weights_are_not_kept(run, values, tmp_path):
    write_features(changed(run, **values), FEATURES)
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_counts_as_none(run):
    write_features(run, FEATURES)
    path = pathlib.Path(run.run_dir, run_artifacts.IMAGE_FEATURES)
    path.write_bytes(path.read_bytes()[:300])
    assert read_features(run, NETWORK) is None
