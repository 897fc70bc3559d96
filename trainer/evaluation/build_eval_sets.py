"""The exams of a run: its test items, and people whom training did not see."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from trainer.data.interactions import by_user
from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.eval_set import distinct
from trainer.evaluation.eval_set import groups_by_takers
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.scorer import Scorer
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

OURS = "two towers"
FOLDED_IN = "two towers, folded in"
TEST = "test"
_NEW_PEOPLE = "held_out_users"


def exams_of_run(
    run: Run, trained: TrainedRecommender, baselines: Mapping[str, Scorer]
) -> dict[str, EvalSet]:
    """Returns what is asked of whom.

    Args:
        run: A trained run, with test items.
        trained: The same, loaded.
        baselines: The scorers of its people beside our model, by name.

    Returns:
        The exams by name; `TEST` is always the first of them.
    """
    interactions = trained.interactions
    models = {OURS: trained.scorer()}
    if run.config.user_tower != "history":  # Which knows nobody by id.
        models[FOLDED_IN] = trained.cold_start_scorer(interactions.train)
    groups, same = distinct(
        groups_by_takers(
            interactions.test,
            interactions.train_counts(),
            run.config.cold_item_threshold,
        )
    )
    held_out = HeldOut.of_split(interactions, "test")
    exams = {TEST: EvalSet(held_out, groups, {**baselines, **models}, same)}
    if trained.held_out_users:
        exams[_NEW_PEOPLE] = _of_held_out_users(trained, baselines)
    return exams


def _of_held_out_users(
    trained: TrainedRecommender, baselines: Mapping[str, Scorer]
) -> EvalSet:
    """Returns the exam of those whom training did not see.

    Of the baselines, those answer that ask not who a person is.
    """
    held_out_users = trained.held_out_users
    assert held_out_users
    hidden = held_out_users.hidden
    given = held_out_users.given
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
        {_NEW_PEOPLE: np.ones(len(hidden), bool)},
        {**anybody, OURS: trained.cold_start_scorer(given)},
    )
