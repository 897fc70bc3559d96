"""Typed gRPC client of the designer, for TF Serving or the local server.

Command line: `python -m serving.client --help`.
"""

from serving.client.designer_api import DesignerApi
from serving.client.model_client import ModelClient


class DesignerClient(DesignerApi, ModelClient):
    """gRPC client of the designer; see `DesignerApi` and `ModelClient`.

    Example:
        with DesignerClient("localhost:8500") as client:
            result = client.design(["u1"], ["Dress"], [0])
            png = result.images[0]
    """
