"""Typed REST clients of the recommender and the designer.

Results and errors are those of the gRPC clients, except `version`: TF Serving's
REST API does not report the version that answered, so it is the requested one,
or 0 if none was requested.
"""

from serving.client.designer_api import DesignerApi
from serving.client.recommender_api import RecommenderApi
from serving.client.rest_model_client import RestModelClient


class RestRecommenderClient(RecommenderApi, RestModelClient):
    """REST client of the recommender; see `RecommenderApi` and `SyncClient`.

    Example:
        with RestRecommenderClient("http://localhost:8501") as client:
            result = client.recommend(["u1", "u2"])
    """


class RestDesignerClient(DesignerApi, RestModelClient):
    """REST client of the designer; see `DesignerApi` and `SyncClient`.

    Example:
        with RestDesignerClient("http://localhost:8501") as client:
            result = client.design(["u1"], ["Dress"], [0])
    """
