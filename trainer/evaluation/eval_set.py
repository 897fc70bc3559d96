"""Evaluation set: held-out pairs in groups, ranked by each of its models."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from tqdm import tqdm

from trainer.evaluation.config import EvaluationConfig
from trainer.metrics.ranking import beyond_accuracy
from trainer.metrics.ranking import per_user
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import Ranking
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import Scorer


@dataclasses.dataclass(frozen=True)
class EvalCatalog:
    """Catalog data for the metrics of recommendation lists.

    Attributes:
        train_counts: Training interactions of each item, int64 [items].
        vectors: Image embeddings of the items, float [items, K].
        candidates: Items that are ranked, ascending, int64 [candidates].
    """

    train_counts: np.ndarray
    vectors: np.ndarray
    candidates: np.ndarray


@dataclasses.dataclass(frozen=True)
class EvalSet:
    """Held-out pairs to rank, and the models that rank them.

    Attributes:
        held_out: Held-out (user, item) pairs.
        groups: Membership of the pairs in each group, bool [pairs] by name.
            The first group holds all pairs and also gets the metrics of the
            lists. No two groups hold the same pairs.
        models: Scorers of these users, by model name.
        same: Names of further groups with the same pairs, by group name.
    """

    held_out: HeldOut
    groups: dict[str, np.ndarray]
    models: Mapping[str, Scorer]
    same: dict[str, list[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ModelResult:
    """Results of a model on an evaluation set.

    Attributes:
        ranking: Ranks and recommendation lists.
        users: Metrics of each user, float [users], by group and metric.
        coverage: Fraction of the candidates in at least one list.
    """

    ranking: Ranking
    users: dict[str, dict[str, np.ndarray]]
    coverage: float


def groups_by_count(
    pairs: np.ndarray, train_counts: np.ndarray, cold_item_threshold: int
) -> dict[str, np.ndarray]:
    """Groups pairs by the training interaction count of their item.

    Args:
        pairs: Held-out (user, item) pairs, int64 [pairs, 2].
        train_counts: Training interactions of each item, int64 [items].
        cold_item_threshold: Items with fewer interactions are cold.

    Returns:
        The groups `all`, `cold` and `unseen`, bool [pairs] each, without empty
        ones.
    """
    counts = train_counts[pairs[:, 1]]
    groups = {
        "all": np.ones(len(pairs), bool),
        "cold": counts < cold_item_threshold,
        "unseen": counts == 0,
    }
    return {name: chosen for name, chosen in groups.items() if chosen.any()}


def distinct(
    groups: Mapping[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Removes groups that hold the same pairs as an earlier group.

    Args:
        groups: Groups by name, bool [pairs] each.

    Returns:
        The distinct groups, and the names of the removed groups by the name of
        the equal group that is kept.
    """
    left: dict[str, np.ndarray] = {}
    same: dict[str, list[str]] = {}
    for name, chosen in groups.items():
        for other in left:
            if np.array_equal(left[other], chosen):
                same.setdefault(other, []).append(name)
                break
        else:
            left[name] = chosen
    return left, same


def evaluate_models(
    eval_set: EvalSet,
    catalog: EvalCatalog,
    options: EvaluationConfig,
    seed: int,
) -> dict[str, ModelResult]:
    """Evaluates each model of an evaluation set; returns results by model.

    Args:
        eval_set: The evaluation set.
        catalog: Catalog data for the metrics of the lists.
        options: Options of the evaluation.
        seed: Seed of the negatives of the sampled AUC.
    """
    progress = tqdm(eval_set.models.items(), unit="model", disable=None)
    return {
        name: _answer(
            eval_set,
            rank_held_out(
                score, eval_set.held_out, options.k, seed, catalog.candidates
            ),
            catalog,
            options,
        )
        for name, score in progress
    }


def _answer(
    eval_set: EvalSet,
    ranking: Ranking,
    catalog: EvalCatalog,
    options: EvaluationConfig,
) -> ModelResult:
    k = options.k
    users = {
        group: per_user.per_user_metrics(
            ranking.ranks.of(pairs), k, options.ties
        )
        for group, pairs in eval_set.groups.items()
    }
    whole = next(iter(eval_set.groups))
    users[whole] |= {
        f"novelty@{k}": beyond_accuracy.novelty(
            ranking.lists, catalog.train_counts
        ),
        f"diversity@{k}": beyond_accuracy.diversity(
            ranking.lists, catalog.vectors
        ),
    }
    covered = beyond_accuracy.coverage(ranking.lists, len(catalog.candidates))
    return ModelResult(ranking, users, covered)
