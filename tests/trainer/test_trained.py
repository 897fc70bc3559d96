import dataclasses

import pytest

from records.errors import UserError
from trainer.config import RecommenderConfig
from trainer.dataset.interactions import load_interactions
from trainer.run import Run
from trainer.trained import load_best_model


def test_weights_of_another_network_are_refused(run_dir):
    run = Run.load(run_dir)
    other = dataclasses.replace(
        run, config=RecommenderConfig(backbone="cnn_f", embedding_dim=8)
    )
    with pytest.raises(UserError, match="not those of 'cnn_f'"):
        load_best_model(other, load_interactions(run.data_dir))


def test_a_run_without_an_epoch_is_refused(data_dir, tmp_path):
    run = Run.start(str(tmp_path), data_dir, RecommenderConfig())
    with pytest.raises(UserError, match="holds no checkpoint"):
        load_best_model(run, load_interactions(data_dir))
