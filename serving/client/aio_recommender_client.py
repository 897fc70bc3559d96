"""Typed asyncio gRPC client of the recommender."""

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.client import recommender_requests as questions
from serving.client.aio_model_client import AsyncModelClient
from serving.client.recommender_api import RecommenderApi
from serving.client.recommender_requests import Recommendations


class AsyncRecommenderClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `RecommenderApi`.

    Example:
        async with AsyncRecommenderClient("localhost:8500") as client:
            result = await client.recommend(["u1", "u2"])
    """

    MODEL = RecommenderApi.MODEL
    DEADLINE_SECONDS = RecommenderApi.DEADLINE_SECONDS

    async def recommend(
        self,
        user_ids: Sequence[str],
        exclude_ids: Sequence[Sequence[str]] | None = None,
        categories: Sequence[Sequence[str]] | None = None,
    ) -> Recommendations:
        """Ranks the top-k items; see `RecommenderApi.recommend`."""
        return await self._ask(
            questions.recommend(user_ids, exclude_ids, categories)
        )

    async def recommend_for_items(
        self, liked_ids: Sequence[Sequence[str]]
    ) -> Recommendations:
        """Ranks for new users; see `RecommenderApi.recommend_for_items`."""
        return await self._ask(questions.recommend_for_items(liked_ids))

    async def similar_items(self, item_ids: Sequence[str]) -> Recommendations:
        """Ranks similar items; see `RecommenderApi.similar_items`."""
        return await self._ask(questions.similar_items(item_ids))

    async def score_images(
        self, user_ids: Sequence[str], images: Sequence[bytes]
    ) -> npt.NDArray[Any]:
        """Scores images of new items; see `RecommenderApi.score_images`."""
        return await self._ask(questions.score_images(user_ids, images))

    async def embed_images(self, images: Sequence[bytes]) -> npt.NDArray[Any]:
        """Computes image embeddings; see `RecommenderApi.embed_images`."""
        return await self._ask(questions.embed_images(images))

    async def embed_users(self, user_ids: Sequence[str]) -> npt.NDArray[Any]:
        """Returns user embeddings; see `RecommenderApi.embed_users`."""
        return await self._ask(questions.embed_users(user_ids))
