"""TensorBoard image grid of recommendations, one row per preview user."""

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from atelier.schema import paths
from trainer.data.images import Photos
from trainer.data.thumbnails import Pictures
from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.recommender.preview_users import LISTED
from trainer.recommender.preview_users import PreviewUsers

NAME = "recommendations"
SIDE = 80
"""Side of a thumbnail, in pixels."""
OWNED = 4
GAP = 16


class RecommendationGrid(keras.callbacks.Callback):
    """Writes the grid to TensorBoard after each epoch.

    Training items of a user are on the left, recommendations on the right.

    Args:
        users: Preview users with their recommendations.
        photos: Catalog images, by item index.
        run_dir: Folder of the run; events are written to `logs/` in it.

    Example:
        >>> grid = RecommendationGrid(PreviewUsers(interactions), photos, "run")
        >>> loop.run(trainer.batches_from, [grid], verbose=1)
    """

    def __init__(
        self, users: PreviewUsers, photos: Photos, run_dir: str
    ) -> None:
        super().__init__()
        self._users = users
        self._pictures = Pictures(photos.jpeg, SIDE)
        self._writer = tf.summary.create_file_writer(
            paths.join(run_dir, "logs", NAME)
        )

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Writes the grid of an epoch."""
        with self._writer.as_default(step=epoch):
            tf.summary.image(NAME, np.asarray(self._draw())[None])
        self._writer.flush()

    def _draw(self) -> Image.Image:
        listed = self._users.listed
        width = (OWNED + LISTED) * SIDE + GAP
        canvas = Image.new("RGB", (width, len(listed) * SIDE), "white")
        for row, (owned, recommended) in enumerate(
            zip(self._users.owned, listed, strict=True)
        ):
            self._paste(canvas, row, 0, owned[:OWNED])
            left = OWNED * SIDE + GAP
            self._paste(canvas, row, left, recommended[recommended != NOBODY])
        return canvas

    def _paste(
        self, canvas: Image.Image, row: int, left: int, items: np.ndarray
    ) -> None:
        for column, item in enumerate(items):
            place = (left + column * SIDE, row * SIDE)
            canvas.paste(self._pictures.image(int(item)), place)
