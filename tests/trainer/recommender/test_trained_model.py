import dataclasses

import pytest

from atelier.io.errors import UserError
from trainer.data.interactions import load_interactions
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_best_model
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
