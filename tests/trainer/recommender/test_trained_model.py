import dataclasses
import os
import shutil

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.data.interactions import load_interactions
from trainer.models.embeddings import map_images
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_best_model
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


def test_weights_of_another_network_are_refused(run_dir):
    run = Run.load(run_dir, RecommenderConfig)
    other = dataclasses.replace(
        run, config=RecommenderConfig(backbone="cnn_f", embedding_dim=8)
    )
    with pytest.raises(UserError, match="do not match .* backbone 'cnn_f'"):
        load_best_model(other, load_interactions(run.data_dir))


def test_a_run_without_an_epoch_is_refused(data_dir, tmp_path):
    run = Run.start(str(tmp_path), data_dir, RecommenderConfig())
    with pytest.raises(UserError, match="holds no checkpoint"):
        load_best_model(run, load_interactions(data_dir))


@pytest.mark.parametrize("fixture", ["run_dir", "hybrid_run_dir"])
def test_the_best_checkpoint_holds_the_embeddings_of_its_weights(
    fixture, request
):
    run = Run.load(request.getfixturevalue(fixture), RecommenderConfig)
    trained = load_recommender(run)
    np.testing.assert_allclose(
        trained.visual_vectors,
        map_images(trained.item_tower, trained.photos)(),
        rtol=1e-5,
        atol=1e-5,
    )


def test_a_damaged_best_checkpoint_is_named(run_dir, tmp_path):
    shutil.copytree(run_dir, tmp_path / "run")
    [path] = (tmp_path / "run" / "best").glob("*.data*")
    os.truncate(path, path.stat().st_size // 2)
    run = Run.load(str(tmp_path / "run"), RecommenderConfig)
    with pytest.raises(UserError, match="run/best/ckpt-9 is damaged"):
        load_recommender(run)
