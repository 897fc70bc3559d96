"""Convolutional networks for the item tower, one per file.

A backbone is a function `(image_size, embedding_dim) -> keras.Model` whose
model maps RGB images, float32 [batch, image_size, image_size, 3] in [-1, 1],
to embeddings, float32 [batch, embedding_dim].
"""

from collections.abc import Callable

import keras

from trainer.backbones.cnn_f import cnn_f
from trainer.backbones.small import small

BACKBONES: dict[str, Callable[[int, int], keras.Model]] = {
    "cnn_f": cnn_f,
    "small": small,
}
