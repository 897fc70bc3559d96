"""Cuts garments out of decoded photos, for `--background white`."""

import atexit
import functools
import io
import threading
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

import numpy as np
from PIL import Image

from beam_jobs.prepare.image_codec import MAX_PIXELS
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import decode_mask

CUT = "cut"
NO_MASK = "no_mask"
MASK_UNREADABLE = "mask_unreadable"
MASK_OF_OTHER_SHAPE = "mask_of_other_shape"
_MAX_STRETCH = 1.05
"""Maximum ratio of the aspect ratios of a photo and its mask."""
_ONE_AT_A_TIME = threading.Lock()


class CutPhoto(NamedTuple):
    """Outcome of cutting a photo.

    Attributes:
        image: Garment on white, RGB; None if the whole photo is kept.
        mask: Garment in `image`, a 1-bit PNG; b"" if the photo is kept.
        outcome: `CUT`, or the reason to keep the photo.
    """

    image: Image.Image | None
    mask: bytes
    outcome: str


def cut_by_network(photo: Image.Image, size: int) -> CutPhoto:
    """Cuts out the garment that the segmentation network finds.

    Args:
        photo: RGB photo.
        size: Side of the result, in pixels.
    """
    with _ONE_AT_A_TIME:  # functools.cache may run twice in parallel.
        network = _network(size)
    return _result(network(np.asarray(photo)))


def cut_by_mask(
    photo: Image.Image, data: object, size: int, max_pixels: int = MAX_PIXELS
) -> CutPhoto:
    """Cuts out the garment that a given mask marks.

    Args:
        photo: RGB photo.
        data: Image file of the mask, see `decode_mask`; None if there is none.
        size: Side of the result, in pixels.
        max_pixels: Maximum width times height of the mask.
    """
    if not (isinstance(data, bytes) and data):
        return CutPhoto(None, b"", NO_MASK)
    try:
        mask = decode_mask(data, max_pixels)
    except ImageError:
        return CutPhoto(None, b"", MASK_UNREADABLE)
    stretch = mask.width * photo.height / (mask.height * photo.width)
    if not 1 / _MAX_STRETCH < stretch < _MAX_STRETCH:
        return CutPhoto(None, b"", MASK_OF_OTHER_SHAPE)
    alpha = np.asarray(mask, np.float32) / 255.0
    return _result(_composition(size)(np.asarray(photo), alpha))


@functools.cache
def _network(size: int) -> Callable[..., Any]:
    """Loads the network once per process."""
    # Imported here: both take seconds, and most jobs cut nothing. TensorFlow
    # first, as another thread may be importing it, and it imports Keras.
    import tensorflow as tf

    from atelier.segmentation.garment_cutter import GarmentCutter

    cutter = GarmentCutter()
    return tf.function(
        lambda photo: cutter(photo, size),
        input_signature=[tf.TensorSpec([None, None, 3], tf.uint8)],
        autograph=False,
    )


@functools.cache
def _composition(size: int) -> Callable[..., Any]:
    import tensorflow as tf

    from atelier.segmentation.cut_out import cut_out

    return tf.function(
        lambda photo, mask: cut_out(photo, mask, False, size),
        input_signature=[
            tf.TensorSpec([None, None, 3], tf.uint8),
            tf.TensorSpec([None, None], tf.float32),
        ],
        autograph=False,
    )


# At exit Python may clear the modules of TensorFlow, which are imported later,
# before this one; its functions cannot be freed then.
for _cached in (_network, _composition):
    atexit.register(_cached.cache_clear)


def _result(cut: Any) -> CutPhoto:
    reason = cut.reason.numpy().decode()
    if reason:
        return CutPhoto(None, b"", reason)
    return CutPhoto(
        Image.fromarray(cut.image.numpy()), encode_mask(cut.mask.numpy()), CUT
    )


def encode_mask(mask: np.ndarray) -> bytes:
    """Encodes a mask, bool [height, width], as a 1-bit PNG."""
    encoded = io.BytesIO()
    gray = Image.fromarray(mask.astype(np.uint8) * 255)
    gray.convert("1").save(encoded, format="PNG", optimize=True)
    return encoded.getvalue()
