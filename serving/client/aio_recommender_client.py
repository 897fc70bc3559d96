"""Typed asyncio gRPC client of the recommender."""

from serving.client import recommender_requests as requests
from serving.client.aio_model_client import AsyncModelClient
from serving.client.aio_model_client import awaitable
from serving.client.recommender_api import RecommenderApi


class AsyncRecommenderClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `RecommenderApi`.

    Example:
        async with AsyncRecommenderClient("localhost:8500") as client:
            result = await client.recommend(["u1", "u2"])
    """

    MODEL = RecommenderApi.MODEL
    DEADLINE_SECONDS = RecommenderApi.DEADLINE_SECONDS

    recommend = awaitable(requests.recommend)
    recommend_for_items = awaitable(requests.recommend_for_items)
    similar_items = awaitable(requests.similar_items)
    score_images = awaitable(requests.score_images)
    embed_images = awaitable(requests.embed_images)
    embed_users = awaitable(requests.embed_users)
