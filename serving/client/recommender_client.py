"""A typed client of the recommender, for TF Serving or the local server.

    with RecommenderClient("localhost:8500") as client:
        found = client.recommend(["u1", "u2"])

The command line: `python -m serving.client --help`.
"""

from serving.client.model_client import ModelClient
from serving.client.recommender_api import RecommenderApi


class RecommenderClient(RecommenderApi, ModelClient):
    """Asks for items; what all clients share is told in `ModelClient`."""
