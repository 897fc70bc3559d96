"""`serving.designer_client` for asyncio.

    async with AsyncDesignerClient("localhost:8500") as client:
        found = await client.design(["u1"], ["Dress"], [0])

Results and errors are those of `serving.designer_client`.
"""

from collections.abc import Sequence

from serving.clients import designer_questions as questions
from serving.clients.aio_model_client import AsyncModelClient
from serving.clients.designer_calls import DesignerCalls
from serving.clients.designer_questions import Designs
from serving.clients.designer_questions import Drawings
from serving.clients.designer_questions import Restyled


class AsyncDesignerClient(AsyncModelClient):
    """Asks what `DesignerCalls` asks, with the same results."""

    MODEL = DesignerCalls.MODEL
    DEADLINE_SECONDS = DesignerCalls.DEADLINE_SECONDS

    async def generate(
        self, categories: Sequence[str], seeds: Sequence[int]
    ) -> Drawings:
        """See `DesignerCalls.generate`."""
        return await self._ask(questions.generate(categories, seeds))

    async def design(
        self,
        user_ids: Sequence[str],
        categories: Sequence[str],
        seeds: Sequence[int],
    ) -> Designs:
        """See `DesignerCalls.design`."""
        return await self._ask(questions.design(user_ids, categories, seeds))

    async def restyle(
        self,
        user_ids: Sequence[str],
        images: Sequence[bytes],
        categories: Sequence[str],
        strengths: Sequence[float],
    ) -> Restyled:
        """See `DesignerCalls.restyle`."""
        return await self._ask(
            questions.restyle(user_ids, images, categories, strengths)
        )
