"""Accuracy of recommendations against their diversity, by re-ranking (MMR).

    python -m benchmarks.diversity --run_dir runs/hm/hybrid

The lists are those of the input `diversity` of the signature
`recommend_filtered`: for each user with a test item, the best items of the
catalog without the user's training and validation items, re-ranked as the
exported model does. NDCG@10 is that of the evaluation; the distance is 1 minus
the mean cosine similarity of the image embeddings of all pairs in the first 10.
The loss is the mean decrease of a user's NDCG@10, with its standard error.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses

import numpy as np
import tensorflow as tf
from sklearn.preprocessing import normalize
from tqdm import tqdm

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from export.index.mmr import mmr
from export.index.top_k import NO_SCORE
from export.publishing.recommender_options import RecommenderOptions
from export.servables.diversifier import CANDIDATES
from trainer.data.interactions import by_user
from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.metrics.ranking.beyond_accuracy import diversity as distances
from trainer.metrics.ranking.beyond_accuracy import top_k_unknown
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

K = 10
"""Length of the lists that are measured."""
DIVERSITIES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_BATCH = 128


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    run_dir: str = option(..., "trained run")
    data_dir: tuple[str, ...] = option(
        (), "folder where the data set of the run may be now; may be repeated"
    )
    users: int | None = option(None, "number of random users (default: all)")
    top_k: int = option(
        RecommenderOptions.top_k,
        f"length of the exported lists; {CANDIDATES} times as many candidates "
        "are re-ranked",
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results; see `--help`."""
    args = _Flags.parse(argv, "python -m benchmarks.diversity", __doc__)
    run = Run.load(args.run_dir, RecommenderConfig, args.data_dir)
    trained = load_recommender(run)
    num_items = len(trained.item_vectors)
    num_candidates = min(CANDIDATES * args.top_k, num_items)
    gains, spread = measure(trained, num_candidates, args.users)
    print(
        f"\n{len(gains)} users, {num_items} items, {num_candidates} candidates"
    )
    print("\n| diversity | NDCG@10 | loss | distance in the list |")
    print("|---|---|---|---|")
    for column, diversity in enumerate(DIVERSITIES):
        losses = gains[:, 0] - gains[:, column]
        error = losses.std() / len(losses) ** 0.5
        print(
            f"| {diversity} | {gains[:, column].mean():.4f} | "
            f"{losses.mean():.4f} ± {error:.4f} | "
            f"{spread[:, column].mean():.3f} |"
        )


def measure(
    trained: TrainedRecommender, num_candidates: int, max_users: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Measures the re-ranked lists of users with a test item.

    Args:
        trained: Trained recommender.
        num_candidates: Number of items to re-rank.
        max_users: Maximum number of users, drawn at random; None for all.

    Returns:
        NDCG@10 and mean distance in the first 10, of each user and each of
        `DIVERSITIES`, float [users, values].
    """
    interactions = trained.interactions
    num_users = len(interactions.user_ids)
    test = by_user(interactions.test, num_users)
    owned = tf.concat(
        [interactions.train, by_user(interactions.validation, num_users)], 1
    )
    scorer, unit = trained.scorer(), normalize(trained.visual_vectors)
    rerank = tf.function(mmr, reduce_retracing=True)
    gains, spread = [], []
    users = np.flatnonzero(test.row_lengths())
    users = np.random.default_rng(0).permutation(users)[:max_users]
    for start in tqdm(range(0, len(users), _BATCH)):
        batch = users[start : start + _BATCH]
        scores = scorer(batch)
        candidates = top_k_unknown(
            scores, [owned[user].numpy() for user in batch], num_candidates
        )
        candidate_scores = np.where(
            candidates == NOBODY,
            NO_SCORE,
            np.take_along_axis(scores, candidates, axis=1),
        ).astype(np.float32)
        lists = [
            np.take_along_axis(
                candidates,
                rerank(
                    candidate_scores,
                    unit[candidates].astype("f4"),
                    np.full(len(batch), diversity, np.float32),
                    K,
                ).numpy(),
                axis=1,
            )
            for diversity in DIVERSITIES
        ]
        relevant = [test[user].numpy() for user in batch]
        gains.append([ndcg(row, relevant) for row in lists])
        spread.append([distances(row, unit) for row in lists])
    return (
        np.concatenate(gains, axis=1).T,
        np.concatenate(spread, axis=1).T,
    )


def ndcg(lists: np.ndarray, relevant: list[np.ndarray]) -> np.ndarray:
    """Computes the NDCG of each list, float [users].

    Args:
        lists: Item indices, best first, int64 [users, K].
        relevant: Item indices of the test items of each user.
    """
    discounts = 1.0 / np.log2(2.0 + np.arange(lists.shape[1]))
    return np.array(
        [
            discounts[np.isin(row, items)].sum() / discounts[: len(items)].sum()
            for row, items in zip(lists, relevant, strict=True)
        ]
    )


if __name__ == "__main__":
    run_command(main)
