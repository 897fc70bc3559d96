"""Requests of the `recommender`, and what the trainer answers."""

import dataclasses

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from trainer.recommender.trained_model import TrainedRecommender

STRANGER = ""
"""Nobody's id."""


def recommender_examples(
    trained: TrainedRecommender,
    categories: list[str],
    in_stock: np.ndarray,
    k: int,
    exact: bool,
) -> list[Example]:
    """Returns a request of each signature, and that of a stranger.

    All others are about the first person, the first item, its photo, and its
    category if it has one.

    Args:
        trained: What the servable is made of.
        categories: Of each item; "" where it has none.
        in_stock: Whether each item can be bought, bool [items].
        k: Length of every list.
        exact: Whether the best are listed, not only most of them.
    """
    user, stranger, item, category = (
        np.array([one], object)
        for one in (
            trained.interactions.user_ids[0],
            STRANGER,
            trained.interactions.item_ids[0],
            categories[0],
        )
    )
    others = np.arange(len(categories)) != 0
    alike = np.array(categories) == category if category[0] else True
    first = np.array([0])
    scores = trained.scorer()(first)[0]
    liking = trained.cold_start_scorer(tf.ragged.constant([[0]]))(first)[0]
    directions = tf.math.l2_normalize(trained.visual_vectors, axis=1).numpy()
    lists = _Lists(trained.interactions.item_ids, in_stock, k, exact)
    return [
        lists.example("serving_default", scores, user_id=user),
        lists.example(
            "recommend_excluding",
            np.where(others, scores, NO_SCORE),
            user_id=user,
            exclude_ids=item[None],
        ),
        lists.example(
            "recommend_filtered",
            np.where(others & alike, scores, NO_SCORE),
            user_id=user,
            categories=category[None],
            exclude_ids=item[None],
        ),
        lists.example(
            "recommend_for_items",
            np.where(others, liking, NO_SCORE),
            liked_ids=item[None],
        ),
        lists.example(
            "similar_items",
            np.where(others, directions @ directions[0], NO_SCORE),
            known="known_item",
            item_id=item,
        ),
        *_vectors(trained, user),
        lists.example(
            "serving_default",
            trained.item_vectors @ trained.user_vectors.mean(axis=0),
            is_known=False,
            user_id=stranger,
        ),
    ]


def _vectors(trained: TrainedRecommender, user: np.ndarray) -> list[Example]:
    """Returns the requests whose answer is no list."""
    photo = np.array([trained.photos.jpeg(0)], object)
    theta = trained.user_vectors[:1]
    width = trained.item_vectors.shape[1] - trained.visual_vectors.shape[1]
    looks = np.pad(trained.visual_vectors[:1], [(0, 0), (0, width)])
    return [
        Example(
            "score_images",
            {"user_id": user, "image_bytes": photo},
            {"scores": (theta * looks).sum(axis=1)},
        ),
        Example("embed_images", {"image_bytes": photo}, {"embeddings": looks}),
        Example("embed_users", {"user_id": user}, {"embeddings": theta}),
    ]


@dataclasses.dataclass(frozen=True)
class _Lists:
    """Makes the requests whose answer is a list of the best items."""

    item_ids: list[str]
    in_stock: np.ndarray
    k: int
    exact: bool

    def example(
        self,
        signature: str,
        scores: np.ndarray,
        *,
        known: str = "known_user",
        is_known: bool = True,
        **inputs: np.ndarray,
    ) -> Example:
        """Returns a request.

        Args:
            signature: Which is asked.
            scores: Of the catalogue, `NO_SCORE` where it may not be listed,
                float32 [items].
            known: The output that says whether who or what is asked about is
                known.
            is_known: The right answer to that.
            **inputs: What is asked.
        """
        scores = np.where(self.in_stock, scores, NO_SCORE)
        outputs = {known: np.array([is_known])}
        if self.exact:
            outputs["scores"] = self._padded(np.sort(scores)[::-1])
        score_of = {
            one: score
            for one, score in zip(self.item_ids, scores, strict=True)
            if score > NO_SCORE
        }

        def judge(answer: Answer) -> Judged:
            ids = [one.decode() for one in answer["item_ids"][0]]
            # Of an approximate list some of the best may be missing, but not
            # all; and none stands there twice.
            ids = [one for one in dict.fromkeys(ids) if one != NO_ITEM]
            right = [score_of.get(one, np.nan) for one in ids]
            if score_of and not ids:
                right = [np.nan]
            return {"scores": (answer["scores"], self._padded(right))}

        return Example(signature, inputs, outputs, judge)

    def _padded(self, scores: npt.ArrayLike) -> np.ndarray:
        """Returns the `scores` of a list, float32 [1, k].

        Args:
            scores: Best first, of k items or of more or less.
        """
        best = np.asarray(scores, np.float32)[None, : self.k]
        padding = [(0, 0), (0, self.k - best.shape[1])]
        return np.pad(best, padding, constant_values=NO_SCORE)
