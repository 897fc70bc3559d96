"""A typed client of the designer, for TF Serving or the local server.

    with DesignerClient("localhost:8500") as client:
        found = client.design(["u1"], ["Dress"], [0])

The command line: `python -m serving.client --help`.
"""

from serving.client.designer_api import DesignerApi
from serving.client.model_client import ModelClient


class DesignerClient(DesignerApi, ModelClient):
    """Asks for pictures; what all clients share is told in `ModelClient`."""
