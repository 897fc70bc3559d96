"""Golden requests of the `recommender`, with the results of the trainer."""

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
"""Id of an unknown user."""


def recommender_examples(
    trained: TrainedRecommender,
    categories: list[str],
    in_stock: np.ndarray,
    k: int,
    exact: bool,
) -> list[Example]:
    """Returns golden requests of all signatures, and one of an unknown user.

    The others use the first user, the first item, its image, and its category
    if it has one.

    Args:
        trained: Weights and embeddings of the servable.
        categories: Category of each item, "" if it has none.
        in_stock: Availability of each item, bool [items].
        k: Length of every list.
        exact: Whether the index is exact.
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
    """Returns the golden requests of scores and embeddings."""
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
    """Factory of golden requests whose result is a top-k list.

    Attributes:
        item_ids: Ids of the catalog items.
        in_stock: Availability of each item, bool [items].
        k: Length of every list.
        exact: Whether the index is exact.
    """

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
        """Returns a golden request.

        Args:
            signature: Name of the signature.
            scores: Scores of the catalog items, `NO_SCORE` for ineligible ones,
                float32 [items].
            known: Name of the output that tells whether the user or item is
                known.
            is_known: Expected value of the output `known`.
            **inputs: Input values of one row, by name.
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
            # An approximate list may lack some of the best items, but not all,
            # and must not repeat one.
            ids = [one for one in dict.fromkeys(ids) if one != NO_ITEM]
            right = [score_of.get(one, np.nan) for one in ids]
            if score_of and not ids:
                right = [np.nan]
            return {"scores": (answer["scores"], self._padded(right))}

        return Example(signature, inputs, outputs, judge)

    def _padded(self, scores: npt.ArrayLike) -> np.ndarray:
        """Truncates or pads scores to one list, float32 [1, k].

        Args:
            scores: Scores, best first, [n].
        """
        best = np.asarray(scores, np.float32)[None, : self.k]
        padding = [(0, 0), (0, self.k - best.shape[1])]
        return np.pad(best, padding, constant_values=NO_SCORE)
