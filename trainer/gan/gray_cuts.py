"""Garments of a data set in one gray cloth, to learn cuts from."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.items import read_items
from trainer.models.composition.cut import make_cut
from trainer.models.composition.gray_garment import gray_garment
from trainer.models.composition.usable_cut import is_usable
from trainer.models.layers.resize import resized

_FINER = 2
"""Side of the photo that a cut is made of, relative to that of the image."""


class GrayCuts:
    """Images of cuts in gray cloth, by item index.

    Args:
        images: Gray levels, uint8 [items, size, size]; an item without a usable
            cut has any image.

    Example:
        usable, cuts = load_gray_cuts("data", photos, image_size=64)
        batch = cuts.take(tf.constant([0, 1]))
    """

    def __init__(self, images: np.ndarray) -> None:
        with tf.device("CPU:0"):  # The input pipeline runs on the CPU.
            self._images = tf.constant(images)

    def take(self, indices: tf.Tensor) -> tf.Tensor:
        """Returns images; also works in graph mode.

        Args:
            indices: Item indices, int [batch].

        Returns:
            RGB images, uint8 [batch, size, size, 3].
        """
        gray = tf.gather(self._images, indices)
        return tf.repeat(gray[..., None], 3, axis=-1)


def load_gray_cuts(
    data_dir: str, photos: Photos, image_size: int
) -> tuple[np.ndarray, GrayCuts]:
    """Makes the cuts of the garments of a prepared data set.

    Args:
        data_dir: Folder of the data set.
        photos: Images of the data set.
        image_size: Side of the images of the cuts, in pixels.

    Returns:
        Whether each item has a usable cut, bool [items], and the images.

    Raises:
        UserError: If no item has a mask.
    """
    masks = read_items(data_dir, lambda item: item.mask)
    if not any(masks):
        raise UserError(
            f"{data_dir} has no masks of the garments, which cuts are made "
            "with; prepare it with --background white, or use another "
            "--generator"
        )
    usable = np.zeros(len(masks), bool)
    images = np.zeros((len(masks), image_size, image_size), np.uint8)
    bar = tqdm(masks, "making the cuts of garments", leave=False, disable=None)
    for item, png in enumerate(bar):
        image = _gray_cut(photos, item, png, image_size) if png else None
        if image is not None:
            usable[item], images[item] = True, image
    return usable, GrayCuts(images)


def _gray_cut(
    photos: Photos, item: int, png: bytes, image_size: int
) -> np.ndarray | None:
    """Returns the gray cut of an item, uint8 [size, size]; None if unusable."""
    side = min(_FINER * image_size, photos.image_size)
    mask = Image.open(io.BytesIO(png)).convert("L").resize((side, side))
    inside = np.asarray(mask) > 127
    if not inside.any():
        return None
    photo = tf.cast(photos.take(tf.constant([item])), tf.float32)
    image = resized(photo, side)[0].numpy() / 127.5 - 1.0
    cut = make_cut(image, inside)
    if not is_usable(cut):
        return None
    # Trims have a color of their own; the cloth goes on below them.
    gray = gray_garment(cut.alpha, cut.shading * cut.cloth)
    small = resized(gray[None, ..., :1], image_size)[0, ..., 0]
    return np.round(small.numpy() * 127.5 + 127.5).astype(np.uint8)
