"""Blocking calls of the recommender, for gRPC and REST clients."""

from atelier.schema.signatures import RECOMMENDER
from serving.client import recommender_requests as requests
from serving.client.sync_client import SyncClient
from serving.client.sync_client import blocking


class RecommenderApi(SyncClient):
    """Methods of the blocking recommender clients.

    Each has the arguments and results of the function of the same name in
    `recommender_requests`.
    """

    MODEL = RECOMMENDER
    DEADLINE_SECONDS = 5.0

    recommend = blocking(requests.recommend)
    recommend_for_items = blocking(requests.recommend_for_items)
    recommend_for_text = blocking(requests.recommend_for_text)
    similar_items = blocking(requests.similar_items)
    similar_to_image = blocking(requests.similar_to_image)
    goes_with = blocking(requests.goes_with)
    item_info = blocking(requests.item_info)
    user_history = blocking(requests.user_history)
    score_images = blocking(requests.score_images)
    embed_images = blocking(requests.embed_images)
    embed_users = blocking(requests.embed_users)
