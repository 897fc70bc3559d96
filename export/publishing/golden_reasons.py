"""Expected reasons of golden recommendations, in NumPy."""

from typing import Any

import keras
import numpy as np

from export.publishing.golden_request import Answer
from export.publishing.golden_request import Judged
from trainer.recommender.trained_model import TrainedRecommender


def with_reasons(
    expected: dict[str, Any],
    trained: TrainedRecommender,
    liked: np.ndarray,
    by_embedding: bool,
) -> dict[str, Any]:
    """Adds a check of the reasons to the expected result of a list.

    Args:
        expected: Fields of an `Example` with `judge`.
        trained: Weights and embeddings of the servable.
        liked: Item indices of the history, int64 [n].
        by_embedding: Whether the encoder computed the user embedding from the
            history.

    Returns:
        The fields of the `Example`.
    """
    ids = trained.interactions.item_ids
    index = {item_id: item for item, item_id in enumerate(ids)}
    shares = reason_shares(trained, liked, by_embedding)
    row_of = {ids[item]: row for row, item in enumerate(liked)}

    def judge(answer: Answer) -> Judged:
        best, named = np.zeros((2, *answer["because_shares"].shape))
        listed = zip(
            answer["item_ids"][0], answer["because_item_ids"][0], strict=True
        )
        for place, (item_id, because) in enumerate(listed):
            if item_id:
                of_item = shares[:, index[item_id.decode()]]
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
    trained: TrainedRecommender, liked: np.ndarray, by_embedding: bool
) -> np.ndarray:
    """Computes the shares of the items of a history for the whole catalog.

    Args:
        trained: Weights and embeddings of the servable.
        liked: Item indices of the history, int64 [n].
        by_embedding: Whether the encoder computed the user embedding from the
            history.

    Returns:
        Share of each liked item in the score of each item, float [n, items].
    """
    sums = np.zeros((len(liked), len(trained.item_vectors)))
    if by_embedding:
        rows = trained.encoder.vectors[liked][None]
        parts = trained.encoder.parts(rows, np.ones_like(rows[:, :, :1]))
        parts = keras.ops.convert_to_numpy(parts)[0]
        sums += parts @ trained.item_vectors[:, : parts.shape[1]].T
    if trained.ease:
        users = np.arange(len(liked))
        sums += np.asarray(trained.ease(liked, users, num_users=len(liked)))
    sums[np.arange(len(liked)), liked] = 0
    sums = np.maximum(sums, 0)
    shares: np.ndarray = sums / np.maximum(sums.sum(axis=0), 1e-30)
    return shares
