"""A run of the stream trainers, stopped and resumed."""

import pytest

from trainer.recommender import train as recommender
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_best_model
from trainer.training.run import Run


@pytest.fixture
def train_on_stream(data_dir, tiny, tmp_path, eagerly):
    """Returns train_on_stream(name, stops, **config): the run and its weights.

    Two epochs of three steps each, trained up to each of the stops.
    """

    def train(name, stops, **values):
        for max_steps in stops:
            config = RecommenderConfig(
                input="stream",
                backbone=tiny,
                batch_size=16,
                epochs=2,
                max_steps=max_steps,
                **values,
            )
            run = Run.start(str(tmp_path / name), data_dir, config)
            recommender.train(run, verbose=0)
        return run, load_best_model(run).get_weights()

    return train
