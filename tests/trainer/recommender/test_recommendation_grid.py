"""The grid, read back as TensorBoard reads it."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from trainer.data.thumbnails import Pictures
from trainer.recommender.preview_users import PreviewUsers
from trainer.recommender.recommendation_grid import GAP
from trainer.recommender.recommendation_grid import OWNED
from trainer.recommender.recommendation_grid import SIDE
from trainer.recommender.recommendation_grid import RecommendationGrid


def test_a_row_per_user_with_training_items_and_recommendations(
    colours, tmp_path
):
    interactions, photos = colours
    preview = PreviewUsers(interactions)
    callback = RecommendationGrid(preview, photos, str(tmp_path))
    scores = np.random.default_rng(0).random((12, len(photos)))
    preview.recommend(lambda users: scores[users])
    preview.listed[1, 2:] = -1
    callback.on_epoch_end(3)

    events = EventAccumulator(str(tmp_path / "logs" / "recommendations"))
    (event,) = events.Reload().Tensors("recommendations")
    assert event.step == 3
    png = tf.make_ndarray(event.tensor_proto)[2]
    grid = np.asarray(Image.open(io.BytesIO(png)))
    assert grid.shape == (4 * SIDE, 12 * SIDE + GAP, 3)
    pictures = Pictures(photos.jpeg, SIDE)
    for row in range(4):
        line = grid[row * SIDE : (row + 1) * SIDE]
        for column, item in enumerate(preview.owned[row][:OWNED]):
            result = line[:, column * SIDE : (column + 1) * SIDE]
            np.testing.assert_array_equal(result, pictures.image(item))
        right = line[:, OWNED * SIDE + GAP :]
        for column, item in enumerate(preview.listed[row]):
            result = right[:, column * SIDE : (column + 1) * SIDE]
            expected = 255 if item < 0 else np.asarray(pictures.image(item))
            np.testing.assert_array_equal(result, expected + 0 * result)
    assert (grid[:, OWNED * SIDE : OWNED * SIDE + GAP] == 255).all()
