"""Blocking calls of the recommender, for gRPC and REST clients."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.client import recommender_requests as questions
from serving.client.recommender_requests import Recommendations
from serving.client.sync_client import SyncClient


class RecommenderApi(SyncClient):
    """Methods of the blocking recommender clients."""

    MODEL = "recommender"
    DEADLINE_SECONDS = 5.0

    def recommend(
        self,
        user_ids: Sequence[str],
        exclude_ids: Sequence[Sequence[str]] | None = None,
        categories: Sequence[Sequence[str]] | None = None,
    ) -> Recommendations:
        """Ranks the top-k items of each user.

        Args:
            user_ids: User ids, string [batch].
            exclude_ids: Ids of items to exclude for each user, string
                [batch][any length].
            categories: Eligible categories of each user, string [batch][any
                length]; all categories for an empty row. The call fails if the
                catalog lacks a category.

        Returns:
            Eligible items of each user, by descending score.
        """
        return self._ask(questions.recommend(user_ids, exclude_ids, categories))

    def recommend_for_items(
        self, liked_ids: Sequence[Sequence[str]]
    ) -> Recommendations:
        """Ranks the top-k items of cold-start users (fold-in).

        Args:
            liked_ids: Ids of items that each user likes, string [batch][one or
                more].

        Returns:
            Items for each user, by descending score.
        """
        return self._ask(questions.recommend_for_items(liked_ids))

    def similar_items(self, item_ids: Sequence[str]) -> Recommendations:
        """Ranks the items that look most similar to given items.

        Args:
            item_ids: Item ids, string [batch].

        Returns:
            Most similar items of each item, by descending cosine similarity of
            their visual embeddings.
        """
        return self._ask(questions.similar_items(item_ids))

    def score_images(
        self, user_ids: Sequence[str], images: Sequence[bytes]
    ) -> npt.NDArray[Any]:
        """Scores images of items that are not in the catalog.

        Args:
            user_ids: User ids, string [batch].
            images: JPEG or PNG files, one per user, bytes [batch].

        Returns:
            Scores, float32 [batch], comparable with those of `recommend`.
        """
        return self._ask(questions.score_images(user_ids, images))

    def embed_images(self, images: Sequence[bytes]) -> npt.NDArray[Any]:
        """Computes image embeddings.

        Args:
            images: JPEG or PNG files, bytes [batch].

        Returns:
            Embeddings, float32 [batch, dim].
        """
        return self._ask(questions.embed_images(images))

    def embed_users(self, user_ids: Sequence[str]) -> npt.NDArray[Any]:
        """Returns user embeddings.

        Args:
            user_ids: User ids, string [batch].

        Returns:
            Embeddings, float32 [batch, dim]; the dot product with an item
            embedding is the score.
        """
        return self._ask(questions.embed_users(user_ids))
