"""The designer's calls, for every client that waits for its answers."""

from collections.abc import Sequence

from serving.client import designer_requests as questions
from serving.client.designer_requests import Designs
from serving.client.designer_requests import Drawings
from serving.client.designer_requests import Restyled
from serving.client.sync_client import SyncClient


class DesignerApi(SyncClient):
    """Asks for pictures."""

    MODEL = "designer"
    # A design is a search of many steps, for every row.
    DEADLINE_SECONDS = 60.0

    def generate(
        self, categories: Sequence[str], seeds: Sequence[int]
    ) -> Drawings:
        """Draws things of a category.

        Args:
            categories: [B]
            seeds: [B] Another seed is another picture; the same is the same.

        Returns:
            One picture for each row.
        """
        return self._ask(questions.generate(categories, seeds))

    def design(
        self,
        user_ids: Sequence[str],
        categories: Sequence[str],
        seeds: Sequence[int],
    ) -> Designs:
        """Draws what people would like best.

        Args:
            user_ids: [B]
            categories: [B]
            seeds: [B] Where the search starts.

        Returns:
            One picture for each row.
        """
        return self._ask(questions.design(user_ids, categories, seeds))

    def restyle(
        self,
        user_ids: Sequence[str],
        images: Sequence[bytes],
        categories: Sequence[str],
        strengths: Sequence[float],
    ) -> Restyled:
        """Moves photos towards people's taste.

        Args:
            user_ids: [B]
            images: [B] JPEG or PNG files.
            categories: [B] What the photos show.
            strengths: [B] How far to go, from 0 (the photo, as near as the
                model can draw it) to 1.

        Returns:
            One picture for each row.
        """
        return self._ask(
            questions.restyle(user_ids, images, categories, strengths)
        )
