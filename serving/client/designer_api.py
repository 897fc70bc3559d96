"""Blocking calls of the designer, for gRPC and REST clients."""

from collections.abc import Sequence

from serving.client import designer_requests as questions
from serving.client.designer_requests import Designs
from serving.client.designer_requests import Drawings
from serving.client.designer_requests import Restyled
from serving.client.sync_client import SyncClient


class DesignerApi(SyncClient):
    """Methods of the blocking designer clients."""

    MODEL = "designer"
    # A design is an optimization of many steps, for every row.
    DEADLINE_SECONDS = 60.0

    def generate(
        self, categories: Sequence[str], seeds: Sequence[int]
    ) -> Drawings:
        """Generates random images of a category.

        Args:
            categories: Categories, string [batch].
            seeds: Random seeds, 64-bit integers [batch]; a seed always gives
                the same image.

        Returns:
            One generated image per row.
        """
        return self._ask(questions.generate(categories, seeds))

    def design(
        self,
        user_ids: Sequence[str],
        categories: Sequence[str],
        seeds: Sequence[int],
    ) -> Designs:
        """Generates images that maximize the predicted preference of users.

        Args:
            user_ids: User ids, string [batch].
            categories: Categories, string [batch].
            seeds: Random seeds of the starting points, 64-bit integers [batch].

        Returns:
            One generated image per row.
        """
        return self._ask(questions.design(user_ids, categories, seeds))

    def restyle(
        self,
        user_ids: Sequence[str],
        images: Sequence[bytes],
        categories: Sequence[str],
        strengths: Sequence[float],
    ) -> Restyled:
        """Edits images towards the taste of users.

        Args:
            user_ids: User ids, string [batch].
            images: JPEG or PNG files, bytes [batch].
            categories: Categories of the images, string [batch].
            strengths: Edit strengths, float [batch], from 0 (the generator's
                reconstruction of the image) to 1.

        Returns:
            One generated image per row.
        """
        return self._ask(
            questions.restyle(user_ids, images, categories, strengths)
        )
