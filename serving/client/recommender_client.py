"""Typed gRPC client of the recommender, for TF Serving or the local server.

Command line: `python -m serving.client --help`.
"""

from serving.client.model_client import ModelClient
from serving.client.recommender_api import RecommenderApi


class RecommenderClient(RecommenderApi, ModelClient):
    """gRPC client of the recommender; see `RecommenderApi` and `ModelClient`.

    Example:
        with RecommenderClient("localhost:8500") as client:
            result = client.recommend(["u1", "u2"], exclude_ids=[["i1"], []])
            print(result.item_ids[0][:5])
    """
