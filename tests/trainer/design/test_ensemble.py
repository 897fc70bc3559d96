"""Several recommenders as one, and what is none."""

import dataclasses

import numpy as np
import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer import task
from trainer.design import ensemble as module
from trainer.design.design_context import DesignContext
from trainer.design.ensemble import Ensemble
from trainer.gan.trained_gan import load_trained_gan
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@pytest.fixture(scope="module")
def ensemble(run_dir, judge_run_dir):
    return Ensemble.load([run_dir, judge_run_dir])


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).uniform(-1, 1, (4, 16, 16, 3)).astype("f4")


def mean_of_scores(ensemble, images, user_vectors):
    """The formula, score by score.

    Args:
        ensemble: The recommenders.
        images: What is scored.
        user_vectors: Theta of one user by each recommender.
    """
    parts = []
    for run, trained, theta in zip(
        ensemble.runs, ensemble.trained, user_vectors, strict=True
    ):
        phi = trained.visual_vectors
        theta = theta[: phi.shape[1]]
        alone = Ensemble([run], [trained]).preference(16)
        parts.append(alone.embed_many(images) @ theta / (phi @ theta).std())
    return np.mean(parts, axis=0)


def test_the_preference_is_the_mean_of_scores_in_deviations(ensemble, images):
    result = (
        ensemble.preference(16).embed_many(images) @ ensemble.user_vectors[2]
    )
    user_vectors = [trained.user_vectors[2] for trained in ensemble.trained]
    assert result == pytest.approx(
        mean_of_scores(ensemble, images, user_vectors), rel=1e-3, abs=1e-4
    )


def test_so_is_that_of_a_cold_start_user(ensemble, images):
    items = np.array([3, 7])
    theta = ensemble.encode_user(items)
    result = ensemble.preference(16).embed_many(images) @ theta
    user_vectors = [
        Ensemble([run], [trained]).encode_user(items)
        for run, trained in zip(ensemble.runs, ensemble.trained, strict=True)
    ]
    assert result == pytest.approx(
        mean_of_scores(ensemble, images, user_vectors), rel=1e-3, abs=1e-4
    )


def test_one_alone_keeps_its_scale(run_dir):
    alone = Ensemble.load([run_dir])
    (trained,) = alone.trained
    width = trained.visual_vectors.shape[1]
    assert np.array_equal(alone.user_vectors, trained.user_vectors[:, :width])
    assert np.array_equal(alone.embeddings, trained.visual_vectors)


def test_a_user_of_equal_scores_is_no_division_by_zero(ensemble):
    nobody = [
        np.zeros((1, trained.user_vectors.shape[1]))
        for trained in ensemble.trained
    ]
    assert np.array_equal(
        ensemble._join(nobody), np.zeros((1, ensemble.embeddings.shape[1]))
    )


@pytest.mark.slow
def test_designs_please_all_of_them(
    run_dir, judge_run_dir, drawing_gan, design_flags, tmp_path, eagerly
):
    task.main(
        ["design", *design_flags, "--user=Käufer, 3", "--category=hat",
         "--count=2", "--num_starts=2", "--candidates_per_start=1",
         f"--ensemble_run_dirs={judge_run_dir}", f"--out={tmp_path}"]
    )  # fmt: skip
    result = json_files.read_json(str(tmp_path), "designs.json")
    assert result["ensemble_run_dirs"] == [judge_run_dir]
    context = DesignContext.load(
        [run_dir, judge_run_dir], load_trained_gan(drawing_gan)
    )
    hats = context.category_items("hat")
    scores = hats.embeddings @ context.user_vector(context.user("Käufer, 3"))
    assert result["best_real"][0]["score"] == pytest.approx(
        scores.max(), rel=1e-3
    )


def test_one_that_is_trained_alike_adds_nothing(run_dir):
    with pytest.raises(UserError, match="scores are not independent") as error:
        Ensemble.load([run_dir, run_dir])
    assert "\n" not in str(error.value)


def test_one_of_other_items_is_refused(ensemble, judge_run_dir, monkeypatch):
    """Ids are compared; a run of other items is stood in for by its ids."""
    first, second = ensemble.trained
    interactions = dataclasses.replace(
        second.interactions, item_ids=second.interactions.item_ids[::-1]
    )
    loaded = iter(
        [first, dataclasses.replace(second, interactions=interactions)]
    )
    monkeypatch.setattr(module, "load_recommender", lambda run: next(loaded))
    run_dirs = [existing.run_dir for existing in ensemble.runs]
    with pytest.raises(
        UserError, match="has other users or items than"
    ) as error:
        Ensemble.load(run_dirs)
    assert judge_run_dir in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ("nowhere", "nowhere"),
        ("{judge},{judge}", "so their scores are not independent"),
        ("{gan}", "is a run of `trainer.task gan`"),
    ],
)
def test_what_is_no_other_recommender_is_one_sentence(
    design_flags, judge_run_dir, drawing_gan, tmp_path, also, words
):
    also = also.format(judge=judge_run_dir, gan=drawing_gan)
    with pytest.raises(UserError) as error:
        task.main(
            ["design", *design_flags, "--user=Käufer, 3", "--category=hat",
             f"--ensemble_run_dirs={also}", f"--out={tmp_path}"]
        )  # fmt: skip
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_judge_that_is_maximized_is_refused(
    design_flags, judge_run_dir, tmp_path
):
    with pytest.raises(UserError, match="scores are not independent"):
        task.main(
            ["compare-designs", *design_flags, "--num_users=2", "--count=2",
             f"--ensemble_run_dirs={judge_run_dir}",
             f"--judge_run_dir={judge_run_dir}", f"--out={tmp_path}"]
        )  # fmt: skip


def test_a_run_without_images_scores_no_design(data_dir, tmp_path):
    config = RecommenderConfig(
        backbone="none", content="text", positives_per_image=1
    )
    Run.start(str(tmp_path), data_dir, config)
    with pytest.raises(UserError, match="was trained without images"):
        Ensemble.load([str(tmp_path)])
