"""The clients over REST.

    with RestRecommenderClient("http://localhost:8501") as client:
        found = client.recommend(["u1", "u2"])

Results and errors are those of `serving.client`, but that REST does not tell
which version answered: `version` is the one that was asked for, else 0.
"""

from serving.client.designer_api import DesignerApi
from serving.client.recommender_api import RecommenderApi
from serving.client.rest_model_client import RestModelClient


class RestRecommenderClient(RecommenderApi, RestModelClient):
    """Asks for items; what all clients share is told in `SyncClient`."""


class RestDesignerClient(DesignerApi, RestModelClient):
    """Asks for pictures; what all clients share is told in `SyncClient`."""
