"""Evaluation sets of a run: its test items and its held-out users."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from atelier.schema.model_names import FOLD_IN
from atelier.schema.model_names import TWO_TOWER
from trainer.data.interactions import by_user
from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.eval_set import distinct
from trainer.evaluation.eval_set import groups_by_count
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.scorer import Scorer
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

TEST = "test"
_HELD_OUT_USERS = "held_out_users"


def build_eval_sets(
    run: Run, trained: TrainedRecommender, baselines: Mapping[str, Scorer]
) -> dict[str, EvalSet]:
    """Returns the evaluation sets of a run, with the models to evaluate.

    Args:
        run: A trained run whose data set has test items.
        trained: The loaded model of the run.
        baselines: Scorers of the fitted baselines, by name.

    Returns:
        The evaluation sets by name; `TEST` is always the first.
    """
    interactions = trained.interactions
    models = {TWO_TOWER: trained.scorer()}
    if run.config.user_tower != "history":  # It uses no ids: fold-in is equal.
        models[FOLD_IN] = trained.cold_start_scorer(
            interactions.train, trained.history_weights
        )
    groups, same = distinct(
        groups_by_count(
            interactions.test,
            interactions.train_counts(),
            run.config.cold_item_threshold,
        )
    )
    held_out = HeldOut.of_split(interactions, "test")
    eval_sets = {TEST: EvalSet(held_out, groups, {**baselines, **models}, same)}
    if trained.held_out_users:
        eval_sets[_HELD_OUT_USERS] = _of_held_out_users(trained, baselines)
    return eval_sets


def _of_held_out_users(
    trained: TrainedRecommender, baselines: Mapping[str, Scorer]
) -> EvalSet:
    """Returns the evaluation set of the held-out (cold-start) users.

    It includes only the baselines that are independent of the user.
    """
    held_out_users = trained.held_out_users
    assert held_out_users
    hidden = held_out_users.held_out_items
    given = held_out_users.fold_in_items
    anybody = {
        name: scorer
        for name, scorer in baselines.items()
        if name in ("random", "popularity")
    }
    return EvalSet(
        HeldOut(
            hidden,
            tf.concat([given, by_user(hidden, int(given.nrows()))], axis=1),
            given,
            len(trained.item_vectors),
        ),
        {_HELD_OUT_USERS: np.ones(len(hidden), bool)},
        {**anybody, TWO_TOWER: trained.cold_start_scorer(given)},
    )
