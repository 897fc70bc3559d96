"""The model card of the made data set's run."""

import pathlib
import re

import pytest

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from trainer.evaluation.model_card import model_card
from trainer.evaluation.results import Evaluation
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@pytest.fixture(scope="module")
def card(run_dir):
    return pathlib.Path(run_dir, run_artifacts.MODEL_CARD).read_text()


def test_it_says_what_the_model_was_trained_on(card, run_dir, data_dir):
    manifest = Manifest.read(data_dir)
    for name in ("users", "items", "train"):
        assert re.search(rf"\b{manifest.counts[name]}\b", card)
    assert manifest.content_hash[:12] in card
    assert run_dir in card


def test_it_lists_what_is_not_the_default_alone(card, run_dir):
    config = json_files.read_json(run_dir, "run.json")["config"]
    listed = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", card, re.MULTILINE))
    assert listed == {
        name: str(config[name])
        for name in (
            "batch_size",
            "early_stopping_patience",
            "embedding_dim",
            "epochs",
            "input",  # What `auto` chose.
            "learning_rate",
        )
    }


def test_its_figures_are_those_of_the_evaluation(card, run_dir):
    assert pathlib.Path(run_dir, run_artifacts.TABLES).read_text() in card


def test_the_run_says_what_made_it(run_dir):
    made_by = json_files.read_json(run_dir, "run.json")["made_by"]
    assert made_by["command"]
    versions = made_by["versions"]
    assert set(versions) == {"python", "keras", "numpy", "tensorflow"}


@pytest.mark.parametrize(
    ("backbone", "inputs"),
    [("none", "text"), ("small", "image (network small), text")],
)
def test_it_names_the_inputs(backbone, inputs, data_dir, tmp_path):
    config = RecommenderConfig(
        backbone=backbone,
        content="text",
        positives_per_image=1,
        negatives="mixed",
        similarity_weight=1.0,
    )
    run = Run.start(str(tmp_path), data_dir, config)
    card = model_card(run, Evaluation({}, {}, {}, {}, {}, None, ""))
    assert card.startswith("# Model card")
    assert f"item embedding (from {inputs}) and" in card
    assert f"inputs for a new item: {inputs}." in card
    assert "Similarity weights add" in card
