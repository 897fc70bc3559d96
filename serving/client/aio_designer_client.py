"""Typed asyncio gRPC client of the designer."""

from collections.abc import Sequence

from serving.client import designer_requests as questions
from serving.client.aio_model_client import AsyncModelClient
from serving.client.designer_api import DesignerApi
from serving.client.designer_requests import Designs
from serving.client.designer_requests import Drawings
from serving.client.designer_requests import Restyled


class AsyncDesignerClient(AsyncModelClient):
    """Asyncio client with the methods, results and errors of `DesignerApi`.

    Example:
        async with AsyncDesignerClient("localhost:8500") as client:
            result = await client.design(["u1"], ["Dress"], [0])
    """

    MODEL = DesignerApi.MODEL
    DEADLINE_SECONDS = DesignerApi.DEADLINE_SECONDS

    async def generate(
        self, categories: Sequence[str], seeds: Sequence[int]
    ) -> Drawings:
        """Generates random images; see `DesignerApi.generate`."""
        return await self._ask(questions.generate(categories, seeds))

    async def design(
        self,
        user_ids: Sequence[str],
        categories: Sequence[str],
        seeds: Sequence[int],
    ) -> Designs:
        """Generates images for users; see `DesignerApi.design`."""
        return await self._ask(questions.design(user_ids, categories, seeds))

    async def restyle(
        self,
        user_ids: Sequence[str],
        images: Sequence[bytes],
        categories: Sequence[str],
        strengths: Sequence[float],
    ) -> Restyled:
        """Edits images for users; see `DesignerApi.restyle`."""
        return await self._ask(
            questions.restyle(user_ids, images, categories, strengths)
        )
