"""In-memory store of the catalog images.

The sampler needs random access to all images. As JPEGs, a million of them take
about ten gigabytes. If the decoded images fit into the allowed memory, each is
decoded only once.
"""

import math

import numpy as np
import tensorflow as tf

from atelier.schema.manifest import Manifest
from trainer.data.items import read_items


class Photos:
    """Catalog images by item index.

    Example:
        photos = Photos(jpegs, image_size=64, memory_bytes=1 << 30)
        batch = photos.take(tf.constant([0, 1]))

    Args:
        jpegs: JPEG-encoded image of each item.
        image_size: Side of the images, in pixels.
        memory_bytes: Maximum size of the cache of decoded images; above it,
            images are decoded on access.
    """

    def __init__(
        self, jpegs: list[bytes], image_size: int, memory_bytes: int
    ) -> None:
        self._image_size = image_size
        shape = (len(jpegs), image_size, image_size, 3)
        with tf.device("CPU:0"):  # The input pipeline runs on the CPU.
            self._jpegs = tf.constant(jpegs)
            self._decoded = (
                tf.constant(self._decode_all(shape))
                if math.prod(shape) <= memory_bytes
                else None
            )

    def __len__(self) -> int:
        """Returns the number of images."""
        return int(self._jpegs.shape[0])

    @property
    def image_size(self) -> int:
        """Side of the images, in pixels."""
        return self._image_size

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Returns decoded images; also works in graph mode.

        Args:
            indices: Item indices, int [batch].

        Returns:
            RGB images, uint8 [batch, image_size, image_size, 3].
        """
        if self._decoded is not None:
            return tf.gather(self._decoded, indices)
        return decode_jpegs(tf.gather(self._jpegs, indices), self._image_size)

    def jpeg(self, index: int) -> bytes:
        """Returns the JPEG-encoded image of an item."""
        jpeg: bytes = self._jpegs[index].numpy()
        return jpeg

    def _decode_all(self, shape: tuple[int, ...]) -> np.ndarray:
        decoded = np.empty(shape, np.uint8)
        batches = (
            tf.data.Dataset.range(shape[0])
            .batch(256)
            .map(
                lambda indices: (
                    indices,
                    decode_jpegs(
                        tf.gather(self._jpegs, indices), self._image_size
                    ),
                ),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
        )
        for indices, photos in batches:
            decoded[indices] = photos
        return decoded


def decode_jpegs(jpegs: tf.Tensor, image_size: int) -> tf.Tensor:
    """Decodes square images; also works in graph mode.

    Args:
        jpegs: JPEG-encoded images of that size, string [batch].
        image_size: Side of the images, in pixels.

    Returns:
        RGB images, uint8 [batch, image_size, image_size, 3].
    """
    shape = (image_size, image_size, 3)
    return tf.map_fn(
        lambda jpeg: tf.ensure_shape(tf.io.decode_jpeg(jpeg, 3), shape),
        jpegs,
        fn_output_signature=tf.TensorSpec(shape, tf.uint8),
    )


def load_photos(data_dir: str, memory_bytes: int) -> Photos:
    """Loads the images of a prepared data set, in item index order.

    Args:
        data_dir: Folder of a prepared data set.
        memory_bytes: Maximum size of the cache of decoded images.

    Raises:
        UserError: If the data set is unfinished or its files are inconsistent.
    """
    manifest = Manifest.read(data_dir)
    jpegs = read_items(data_dir, lambda item: item.image)
    return Photos(jpegs, manifest.image_size, memory_bytes)
