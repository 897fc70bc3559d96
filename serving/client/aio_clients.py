"""Typed asyncio gRPC clients of the recommender and the designer."""

from serving.client import designer_requests
from serving.client import recommender_requests
from serving.client.aio_model_client import AsyncModelClient
from serving.client.aio_model_client import awaitable
from serving.client.designer_api import DesignerApi
from serving.client.recommender_api import RecommenderApi


class AsyncRecommenderClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `RecommenderApi`.

    Example:
        async with AsyncRecommenderClient("localhost:8500") as client:
            result = await client.recommend(["u1", "u2"])
    """

    MODEL = RecommenderApi.MODEL
    DEADLINE_SECONDS = RecommenderApi.DEADLINE_SECONDS

    recommend = awaitable(recommender_requests.recommend)
    recommend_for_items = awaitable(recommender_requests.recommend_for_items)
    recommend_for_text = awaitable(recommender_requests.recommend_for_text)
    similar_items = awaitable(recommender_requests.similar_items)
    similar_to_image = awaitable(recommender_requests.similar_to_image)
    goes_with = awaitable(recommender_requests.goes_with)
    item_info = awaitable(recommender_requests.item_info)
    user_history = awaitable(recommender_requests.user_history)
    score_images = awaitable(recommender_requests.score_images)
    embed_images = awaitable(recommender_requests.embed_images)
    embed_users = awaitable(recommender_requests.embed_users)


class AsyncDesignerClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `DesignerApi`.

    Example:
        async with AsyncDesignerClient("localhost:8500") as client:
            result = await client.design(["u1"], ["Dress"], [0])
    """

    MODEL = DesignerApi.MODEL
    DEADLINE_SECONDS = DesignerApi.DEADLINE_SECONDS

    generate = awaitable(designer_requests.generate)
    design = awaitable(designer_requests.design)
    restyle = awaitable(designer_requests.restyle)
    compose = awaitable(designer_requests.compose)
    recolor = awaitable(designer_requests.recolor)
