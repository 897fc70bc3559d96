"""Evaluates a run on its test items, beside its baselines."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from records import results
from records.errors import UserError
from trainer import baselines
from trainer import metrics
from trainer.dataset import Interactions
from trainer.embedding import embedding_scorer
from trainer.fold_in import fit_fold_in
from trainer.run import Run
from trainer.trained import load_trained

OURS = "two towers"
FOLDED_IN = "two towers, folded in"
_TIES = {"strict": "ties lose", "half": "ties count half in the AUC"}


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Metrics of every model on the test items.

    Attributes:
        test_interactions: How many there are, by group: `all` and `cold`.
        models: Metrics by model, then by group.
        protocol: How it was measured, in a sentence.
    """

    test_interactions: dict[str, int]
    models: dict[str, dict[str, dict[str, float]]]
    protocol: str

    def table(self) -> str:
        """Returns the metrics as an aligned text table."""
        names = list(next(iter(self.models.values()))["all"])
        head = [
            f"{name} {group}"
            for group in self.test_interactions
            for name in names
        ]
        lines = [" " * 22 + "".join(f"{one:>14}" for one in head)]
        for model, groups in self.models.items():
            values = [
                groups[group][name]
                for group in self.test_interactions
                for name in names
            ]
            lines.append(
                f"{model:22}" + "".join(f"{value:14.4f}" for value in values)
            )
        return "\n".join(lines)


def evaluate(run: Run, ties: metrics.Ties = "strict") -> Evaluation:
    """Ranks each test item among all items that its user never took.

    Writes `metrics.json` and, for our model, `ranks.jsonl` (user, item, rank,
    number of items ranked) into the folder of the run.

    Args:
        run: A trained run.
        ties: What a tie is to the AUC.

    Returns:
        The metrics.

    Raises:
        UserError: If the run is not trained, or its data set is gone or
            holds out nothing for test.
    """
    trained = load_trained(run)
    interactions, items = trained.interactions, trained.item_vectors
    if not len(interactions.test):
        raise UserError(
            f"{run.data_dir} holds out no test item, so there is nothing to "
            "evaluate; prepare data with a split that does, and train on them"
        )
    counts = interactions.train_counts()
    scorers = {
        "random": baselines.random_scorer(len(items), run.config.seed),
        "popularity": baselines.popularity_scorer(counts),
        OURS: embedding_scorer(trained.user_vectors, items),
        FOLDED_IN: embedding_scorer(_fold_in_all(interactions, items), items),
    }
    ranks = {
        name: metrics.rank_held_out(
            scorer, interactions.test, interactions.seen
        )
        for name, scorer in scorers.items()
    }
    groups = {
        "all": np.ones(len(interactions.test), bool),
        "cold": counts[interactions.test[:, 1]] < run.config.cold_below,
    }
    groups = {name: pairs for name, pairs in groups.items() if pairs.any()}
    evaluation = Evaluation(
        test_interactions={
            name: int(pairs.sum()) for name, pairs in groups.items()
        },
        models={
            model_name: {
                group: metrics.summarise(found.of(pairs), ties=ties)
                for group, pairs in groups.items()
            }
            for model_name, found in ranks.items()
        },
        protocol=(
            f"each held-out item ({len(interactions.test)} interactions of "
            f"{len(np.unique(interactions.test[:, 0]))} users), ranked among "
            "all items of the catalogue that the user never took; "
            f"{_TIES[ties]}; cold: fewer than "
            f"{run.config.cold_below} training interactions"
        ),
    )
    results.write_json(
        run.run_dir, results.METRICS, dataclasses.asdict(evaluation)
    )
    results.write_json_lines(
        run.run_dir, results.RANKS, _rank_rows(interactions, ranks[OURS])
    )
    return evaluation


def _fold_in_all(interactions: Interactions, items: np.ndarray) -> np.ndarray:
    """Returns what fold-in makes of each user's training items, [users, K]."""
    liked = tf.reduce_mean(tf.gather(items, interactions.train), axis=1)
    folded: np.ndarray = keras.ops.convert_to_numpy(fit_fold_in(items)(liked))
    return folded


def _rank_rows(
    interactions: Interactions, ranks: metrics.HeldOutRanks
) -> list[dict[str, Any]]:
    return [
        {
            "user_id": interactions.user_ids[user],
            "item_id": interactions.item_ids[item],
            "rank": int(rank),
            "ranked": int(candidates) + 1,
        }
        for (user, item), rank, candidates in zip(
            interactions.test,
            ranks.ranks(),
            ranks.candidates,
            strict=True,
        )
    ]
