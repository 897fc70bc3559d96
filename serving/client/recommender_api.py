"""The recommender's calls, for every client that waits for its answers."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.client import recommender_requests as questions
from serving.client.recommender_requests import Recommendations
from serving.client.sync_client import SyncClient


class RecommenderApi(SyncClient):
    """Asks for items."""

    MODEL = "recommender"
    DEADLINE_SECONDS = 5.0

    def recommend(
        self,
        user_ids: Sequence[str],
        exclude_ids: Sequence[Sequence[str]] | None = None,
        categories: Sequence[Sequence[str]] | None = None,
    ) -> Recommendations:
        """Ranks items for people.

        Args:
            user_ids: [B]
            exclude_ids: [B][any number] Items to leave out, for each user.
            categories: [B][any number] Categories to choose from, for each
                user; none means all.

        Returns:
            The best items for each user, of those that are left.
        """
        return self._ask(questions.recommend(user_ids, exclude_ids, categories))

    def recommend_for_items(
        self, liked_ids: Sequence[Sequence[str]]
    ) -> Recommendations:
        """Ranks items for people nobody has seen before.

        Args:
            liked_ids: [B][at least one] Items that each of them likes.

        Returns:
            The best items for each of them.
        """
        return self._ask(questions.recommend_for_items(liked_ids))

    def similar_items(self, item_ids: Sequence[str]) -> Recommendations:
        """Ranks the items that look most like others.

        Args:
            item_ids: [B]

        Returns:
            The most similar items for each item.
        """
        return self._ask(questions.similar_items(item_ids))

    def score_images(
        self, user_ids: Sequence[str], images: Sequence[bytes]
    ) -> npt.NDArray[Any]:
        """Scores photos of items nobody has seen before.

        Args:
            user_ids: [B]
            images: [B] JPEG or PNG files, one for each user.

        Returns:
            [B] float32; comparable with the scores of `recommend`.
        """
        return self._ask(questions.score_images(user_ids, images))

    def embed_images(self, images: Sequence[bytes]) -> npt.NDArray[Any]:
        """Embeds photos.

        Args:
            images: [B] JPEG or PNG files.

        Returns:
            [B, K] float32.
        """
        return self._ask(questions.embed_images(images))

    def embed_users(self, user_ids: Sequence[str]) -> npt.NDArray[Any]:
        """Embeds people.

        Args:
            user_ids: [B]

        Returns:
            [B, K] float32; the product with an item's embedding is the score.
        """
        return self._ask(questions.embed_users(user_ids))
