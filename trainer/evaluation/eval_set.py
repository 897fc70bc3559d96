"""An exam: held-out items in groups, ranked by every model that can."""

import dataclasses
from collections.abc import Mapping

import numpy as np
from tqdm import tqdm

from trainer.evaluation.config import Options
from trainer.metrics.ranking import beyond_accuracy
from trainer.metrics.ranking import per_user
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import Ranking
from trainer.metrics.ranking.ranks import rank_among
from trainer.metrics.ranking.scorer import Scorer


@dataclasses.dataclass(frozen=True)
class EvalCatalog:
    """What the lists of all models are judged by.

    Attributes:
        train_counts: Takers of each item in train, int64 [items].
        vectors: What the items look like, float [items, K].
        candidates: The items that are ranked, ascending, int64 [candidates].
    """

    train_counts: np.ndarray
    vectors: np.ndarray
    candidates: np.ndarray


@dataclasses.dataclass(frozen=True)
class EvalSet:
    """What is asked, and who answers.

    Attributes:
        held_out: The pairs to rank.
        groups: Which of them belong to a group, bool [pairs]; all of them to
            the first, whose name stands for the lists of its people too. No
            two groups are the same.
        models: The scorers of these people, by name.
        same: Further names of some groups.
    """

    held_out: HeldOut
    groups: dict[str, np.ndarray]
    models: Mapping[str, Scorer]
    same: dict[str, list[str]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class ModelResult:
    """What a model made of an exam.

    Attributes:
        ranking: Of all its pairs.
        users: By group, the metrics of each of its users, float [users].
        coverage: Share of the candidates that stand in some list.
    """

    ranking: Ranking
    users: dict[str, dict[str, np.ndarray]]
    coverage: float


def groups_by_takers(
    pairs: np.ndarray, train_counts: np.ndarray, cold_item_threshold: int
) -> dict[str, np.ndarray]:
    """Groups pairs by how often their item was taken in train.

    Args:
        pairs: (user, item), int64 [pairs, 2].
        train_counts: Takers of each item in train, int64 [items].
        cold_item_threshold: An item with fewer takers counts as cold.

    Returns:
        Bool [pairs] each: `all`, `cold`, `unseen`; none that is empty.
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
    """Leaves out the groups that hold the same pairs as one before.

    Args:
        groups: Bool [pairs] each.

    Returns:
        The others, and the names of those left out, by their equal.
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
    exam: EvalSet, catalogue: EvalCatalog, options: Options, seed: int
) -> dict[str, ModelResult]:
    """Returns what each model makes of an exam.

    Args:
        exam: What is asked.
        catalogue: What lists are judged by.
        options: How it is measured.
        seed: Of the items that are drawn for the sampled AUC.
    """
    progress = tqdm(exam.models.items(), unit="model", disable=None)
    return {
        name: _answer(
            exam,
            rank_among(
                score, exam.held_out, catalogue.candidates, options.k, seed
            ),
            catalogue,
            options,
        )
        for name, score in progress
    }


def _answer(
    exam: EvalSet, ranking: Ranking, catalogue: EvalCatalog, options: Options
) -> ModelResult:
    k = options.k
    users = {
        group: per_user.per_user_metrics(
            ranking.ranks.of(pairs), k, options.ties
        )
        for group, pairs in exam.groups.items()
    }
    whole = next(iter(exam.groups))
    users[whole] |= {
        f"novelty@{k}": beyond_accuracy.novelty(
            ranking.lists, catalogue.train_counts
        ),
        f"diversity@{k}": beyond_accuracy.diversity(
            ranking.lists, catalogue.vectors
        ),
    }
    covered = beyond_accuracy.coverage(ranking.lists, len(catalogue.candidates))
    return ModelResult(ranking, users, covered)
