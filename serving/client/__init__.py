"""Clients of TF Serving over gRPC and REST; `python -m serving.client`.

The asyncio clients are in `aio_clients`, those of REST in `rest_clients`.
"""

from serving.client.designer_client import DesignerClient
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient

__all__ = ["DesignerClient", "RecommenderClient", "ServingError"]
