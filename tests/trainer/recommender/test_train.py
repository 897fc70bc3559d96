"""Runs of the recommender from its data set to its checkpoints."""

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.vocabulary import read_vocabulary
from trainer.models.embeddings import map_catalog
from trainer.recommender import pretrained_features
from trainer.recommender import train as recommender
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pretrained_features import read_features
from trainer.recommender.refresh_items import load_with_items
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

HISTORY = {
    "user_tower": "history",
    "positives_per_image": 3,
    "loss": "softmax",
    "negatives": "mixed",
    "num_negatives": 32,
    "embedding_dim": 8,
    "batch_size": 8,
    "epochs": 3,
    "learning_rate": 3e-3,
    "cnn_l2": 0.0,
    "user_l2": 0.0,
}


def test_data_without_validation_are_one_sentence(
    resplit, uneven_splits, tmp_path
):
    data_dir = resplit(**{**uneven_splits, "validation": np.empty((0, 2))})
    run = Run.start(str(tmp_path), data_dir, RecommenderConfig())
    with pytest.raises(
        UserError, match="holds out no validation item"
    ) as error:
        recommender.train(run, verbose=0)
    assert data_dir in str(error.value)


@pytest.fixture(scope="module")
def history_run(data_dir, build_once):
    """A run of the history tower, a quarter of the users held out of it."""
    config = RecommenderConfig(
        **HISTORY, item_embeddings=1, holdout_user_fraction=0.25
    )

    def train(folder):
        run = Run.start(str(folder / "run"), data_dir, config)
        with pytest.MonkeyPatch.context() as patch:
            pretrained = frozenset({config.backbone})
            patch.setattr(pretrained_features, "PRETRAINED", pretrained)
            recommender.train(run, verbose=0)

    return Run.load(
        str(build_once("history_run", train) / "run"), RecommenderConfig
    )


def test_the_features_of_the_initial_network_are_kept(history_run):
    trained = load_recommender(history_run)
    after = map_catalog(trained.item_tower.backbone_features, trained.images)
    kept = read_features(history_run, history_run.config.backbone)
    assert kept.values.shape == after.shape
    assert kept.cpu_seconds > 0
    assert not np.allclose(kept.values, after, atol=1e-3)


def test_a_history_tower_beats_chance(history_run):
    rows = json_files.read_json_lines(
        history_run.run_dir, run_artifacts.HISTORY
    )
    assert len(rows) == 3
    assert rows[-1]["softmax"] < rows[0]["softmax"]
    assert max(row["val_auc"] for row in rows) > 0.65


def test_it_ranks_for_held_out_users(history_run):
    """Half of their items are given, the other half is to be found."""
    trained = load_recommender(history_run)
    held_out = trained.held_out_users
    assert len(trained.interactions.user_ids) == 6
    assert held_out.fold_in_items.nrows() == 2
    scores = (
        trained.encode_users(held_out.fold_in_items) @ trained.item_vectors.T
    )
    aucs = []
    for user, item in held_out.held_out_items:
        given = held_out.fold_in_items[user].numpy()
        hidden = held_out.held_out_items[
            held_out.held_out_items[:, 0] == user, 1
        ]
        others = np.delete(scores[user], [*given, *hidden])
        aucs.append(np.mean(scores[user, item] > others))
    assert np.mean(aucs) > 0.65


def test_what_is_loaded_is_what_was_best(history_run):
    """Features are computed anew; bank and graph are those of training."""
    trained = load_recommender(history_run)
    best = max(
        row["val_auc"]
        for row in json_files.read_json_lines(
            history_run.run_dir, run_artifacts.HISTORY
        )
    )
    scores = trained.user_vectors @ trained.item_vectors.T
    interacted = trained.interactions.interacted
    aucs = [
        np.mean(scores[user, item] > np.delete(scores[user], interacted[user]))
        for user, item in trained.interactions.validation
    ]
    assert np.mean(aucs) == pytest.approx(best, abs=1e-6)
    assert trained.visual_vectors.shape == (82, 8)
    assert trained.item_vectors.shape == (82, 9)


def test_features_that_training_kept_are_those_of_the_best_weights(
    history_run,
):
    """They are read from the checkpoint; the network gives the same."""
    trained = load_recommender(history_run)
    again = map_catalog(trained.item_tower, trained.images)
    np.testing.assert_allclose(trained.visual_vectors, again, atol=1e-4)


def test_a_run_by_vectors_of_other_models_alone(
    data_dir, data_of_today, tmp_path, eagerly
):
    """Trained, loaded, and refreshed by an item with the vector of another."""
    ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    vectors = np.random.default_rng(4).normal(size=(len(ids), 6))
    vectors[0] = 0  # Its vector is missing.
    twin = ids.index("Größe, 3-1")
    table = {
        "item_id": [*ids[1:], "new"],
        "embedding": [*vectors[1:].tolist(), vectors[twin].tolist()],
    }
    pq.write_table(pa.table(table), tmp_path / "vectors.parquet")
    config = RecommenderConfig(
        **{
            **HISTORY,
            "backbone": "none",
            "content": "features",
            "content_dim": 9,  # More than the vectors have.
            "features": str(tmp_path / "*.parquet"),
            "features_dim": 6,
            "similarity_weight": 2.0,
            "max_steps": 2,
        }
    )
    run = Run.start(str(tmp_path / "run"), data_dir, config)
    recommender.train(run, verbose=0)
    trained = load_recommender(run)
    assert np.isfinite(trained.scorer()(np.arange(2))).all()
    assert trained.text_search is None
    today = load_with_items(run, data_of_today)
    new, old = (
        today.item_vectors[today.interactions.item_ids.index(item_id)]
        for item_id in ("new", "Größe, 3-1")
    )
    np.testing.assert_array_equal(new, old)
    np.testing.assert_allclose(old, trained.item_vectors[twin], rtol=1e-5)
