"""Streams that workers out of step cannot train on are refused."""

import dataclasses
import json
import shutil

import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema.manifest import IDS
from atelier.schema.manifest import Manifest
from trainer.recommender import cli
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.train import build_trainer
from trainer.training.run import Run
from trainer.training.run_flags import TrainingDirsOptions


@pytest.fixture
def build(monkeypatch, tmp_path):
    """Returns build(data_dir, **config): the trainer of a chief."""
    config = {
        "cluster": {"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1"]},
        "task": {"type": "chief", "index": 0},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))

    def build(data_dir, **values):
        config = RecommenderConfig(input="stream", loss="softmax", **values)
        run = Run.start(str(tmp_path / "run"), data_dir, config)
        return build_trainer(run, tf.distribute.get_strategy())

    return build


def test_a_cross_batch_memory_is_one_sentence(build, data_dir):
    with pytest.raises(UserError, match="leave --cross_batch_memory out"):
        build(data_dir, cross_batch_memory=2)


def test_triples_of_ids_are_one_sentence(build, data_dir, tmp_path):
    copy = shutil.copytree(data_dir, tmp_path / "data")
    manifest = Manifest.read(data_dir)
    dataclasses.replace(manifest, triples=IDS).write(str(copy))
    with pytest.raises(UserError, match="prepare the data set with --triples"):
        build(str(copy))


def test_a_server_serves_and_trains_nothing(monkeypatch, tmp_path):
    config = {
        "cluster": {"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1"]},
        "task": {"type": "ps", "index": 0},
    }
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    served = []
    monkeypatch.setattr(cli, "serve", served.append)
    run_dir = str(tmp_path / "run")
    dirs = TrainingDirsOptions(data_dir="no data", run_dir=run_dir)
    cli._run(RecommenderConfig(), dirs)
    assert served == [run_dir]
    assert not (tmp_path / "run").exists()
