"""Expected reasons of golden recommendations, in NumPy."""

from typing import Any

import keras
import numpy as np

from export.publishing.golden_request import Answer
from export.publishing.golden_request import Judged
from export.publishing.golden_request import find_items
from trainer.recommender.trained_model import TrainedRecommender


def with_reasons(
    expected: dict[str, Any],
    trained: TrainedRecommender,
    liked: np.ndarray,
    by_embedding: bool,
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """Adds a check of the reasons to the expected result of a list.

    Args:
        expected: Fields of an `Example` with `judge`.
        trained: Weights and embeddings of the servable.
        liked: Item indices of the history, int64 [n].
        by_embedding: Whether the encoder computed the user embedding from the
            history.
        weights: Weights of these items, float32 [n]; None if all are 1.

    Returns:
        The fields of the `Example`.
    """
    ids = trained.interactions.item_ids
    row_of = {ids[item]: row for row, item in enumerate(liked)}

    def judge(answer: Answer) -> Judged:
        best, named = np.zeros((2, *answer["because_shares"].shape))
        returned = [item_id.decode() for item_id in answer["item_ids"][0]]
        index = find_items(ids, returned)
        items = np.array([index.get(item_id, 0) for item_id in returned])
        shares = reason_shares(trained, liked, items, by_embedding, weights)
        listed = zip(returned, answer["because_item_ids"][0], strict=True)
        for place, (item_id, because) in enumerate(listed):
            if item_id:
                of_item = shares[:, place]
                best[0, place] = of_item.max(initial=0.0)
            if because:
                named[0, place] = of_item[row_of[because.decode()]]
        return {
            **expected["judge"](answer),
            "because_shares": (answer["because_shares"], best),
            "because_item_ids": (named, best),
        }

    return {**expected, "judge": judge}


def reason_shares(
    trained: TrainedRecommender,
    liked: np.ndarray,
    items: np.ndarray,
    by_embedding: bool,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Computes the shares of the items of a history in the scores of items.

    Args:
        trained: Weights and embeddings of the servable.
        liked: Item indices of the history, int64 [n].
        items: Item indices of the list, int64 [m].
        by_embedding: Whether the encoder computed the user embedding from the
            history.
        weights: Weights of the liked items, float32 [n]; None if all are 1.

    Returns:
        Share of each liked item in the score of each item, float [n, m].
    """
    sums = np.zeros((len(liked), len(items)))
    if weights is None:
        weights = np.ones(len(liked), np.float32)
    if by_embedding:
        rows = trained.encoder.vectors[liked][None]
        parts = trained.encoder.parts(rows, weights[None, :, None])
        parts = keras.ops.convert_to_numpy(parts)[0]
        sums += parts @ trained.item_vectors[items, : parts.shape[1]].T
    if trained.ease:
        users = np.arange(len(liked))
        sums += np.asarray(
            trained.ease(liked, users, num_users=len(liked), weights=weights)
        )[:, items]
    sums[liked[:, None] == items] = 0
    sums = np.maximum(sums, 0)
    shares: np.ndarray = sums / np.maximum(sums.sum(axis=0), 1e-30)
    return shares
