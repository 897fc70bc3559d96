"""Typed asyncio gRPC client of the designer."""

from serving.client import designer_requests as requests
from serving.client.aio_model_client import AsyncModelClient
from serving.client.aio_model_client import awaitable
from serving.client.designer_api import DesignerApi


class AsyncDesignerClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `DesignerApi`.

    Example:
        async with AsyncDesignerClient("localhost:8500") as client:
            result = await client.design(["u1"], ["Dress"], [0])
    """

    MODEL = DesignerApi.MODEL
    DEADLINE_SECONDS = DesignerApi.DEADLINE_SECONDS

    generate = awaitable(requests.generate)
    design = awaitable(requests.design)
    restyle = awaitable(requests.restyle)
