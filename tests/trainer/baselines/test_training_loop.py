import dataclasses

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.baselines import training_loop as fitting
from trainer.baselines.bpr_mf import MatrixFactorization
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit

USERS = np.arange(9)


def test_the_best_epoch_is_kept_and_waiting_ends(planted, monkeypatch):
    curve = iter([0.5, 0.7, *[0.6] * fitting.PATIENCE, 0.9])
    seen = []

    def ranked(metric, scorer, held_out):
        assert metric == "ndcg@10"
        seen.append(scorer(USERS))
        return next(curve)

    monkeypatch.setattr(fitting, "_mean", ranked)
    config = FitConfig(metric="ndcg@10")
    best = fit(MatrixFactorization(planted), planted, config)
    assert len(seen) == 2 + fitting.PATIENCE
    np.testing.assert_array_equal(best(USERS), seen[1])
    assert not np.array_equal(seen[1], seen[2])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores(planted, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 2)

    def scores(seed):
        data = dataclasses.replace(planted, seed=seed)
        return fit(MatrixFactorization(data), data, FitConfig(batch_size=50))(
            USERS
        )

    np.testing.assert_array_equal(scores(3), scores(3))
    assert not np.allclose(scores(3), scores(4))


def test_nothing_held_out_for_validation_is_an_error(planted):
    interactions = dataclasses.replace(
        planted.interactions, validation=np.zeros((0, 2), np.int64)
    )
    data = dataclasses.replace(planted, interactions=interactions)
    with pytest.raises(UserError, match="no validation item"):
        fit(MatrixFactorization(data), data, FitConfig())
