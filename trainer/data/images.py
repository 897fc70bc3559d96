"""The photos of the catalogue, in memory.

They stay there because the sampler wants any of them at any time; as encoded
JPEGs a million of them are about ten gigabytes. Where the decoded photos fit
into the memory that the user allows, each is decoded only once.
"""

import math

import numpy as np
import tensorflow as tf

from atelier.schema.manifest import Manifest
from trainer.data.items import read_items


class Photos:
    """The photos of the catalogue, by item index.

    Args:
        jpegs: Encoded photos, one an item.
        image_size: Their side, in pixels.
        memory_bytes: Decoded photos are kept up to this size.
    """

    def __init__(
        self, jpegs: list[bytes], image_size: int, memory_bytes: int
    ) -> None:
        self._image_size = image_size
        shape = (len(jpegs), image_size, image_size, 3)
        with tf.device("CPU:0"):  # Where the input pipeline takes them.
            self._jpegs = tf.constant(jpegs)
            self._decoded = (
                tf.constant(self._decode_all(shape))
                if math.prod(shape) <= memory_bytes
                else None
            )

    def __len__(self) -> int:
        """Returns the number of photos."""
        return int(self._jpegs.shape[0])

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Returns decoded photos; works in a graph as well.

        Args:
            indices: Item indices, int [batch].

        Returns:
            uint8 [batch, image_size, image_size, 3].
        """
        if self._decoded is not None:
            return tf.gather(self._decoded, indices)
        return self._decode(tf.gather(self._jpegs, indices))

    def jpeg(self, index: int) -> bytes:
        """Returns an encoded photo."""
        jpeg: bytes = self._jpegs[index].numpy()
        return jpeg

    def _decode(self, jpegs: tf.Tensor) -> tf.Tensor:
        shape = (self._image_size, self._image_size, 3)
        return tf.map_fn(
            lambda jpeg: tf.ensure_shape(tf.io.decode_jpeg(jpeg, 3), shape),
            jpegs,
            fn_output_signature=tf.TensorSpec(shape, tf.uint8),
        )

    def _decode_all(self, shape: tuple[int, ...]) -> np.ndarray:
        decoded = np.empty(shape, np.uint8)
        batches = (
            tf.data.Dataset.range(shape[0])
            .batch(256)
            .map(
                lambda indices: (
                    indices,
                    self._decode(tf.gather(self._jpegs, indices)),
                ),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
        )
        for indices, photos in batches:
            decoded[indices] = photos
        return decoded


def load_photos(data_dir: str, memory_bytes: int) -> Photos:
    """Reads the photos of a prepared data set, in the order of its items.

    Args:
        data_dir: A prepared data set.
        memory_bytes: Decoded photos are kept up to this size.

    Raises:
        UserError: If the data set is not finished or contradicts itself.
    """
    manifest = Manifest.read(data_dir)
    jpegs = read_items(data_dir, lambda item: item.image)
    return Photos(jpegs, manifest.image_size, memory_bytes)
