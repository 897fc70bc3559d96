"""Image file reader; resizes to a square as `beam_jobs.prepare` does."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image
from PIL import ImageOps
from PIL import UnidentifiedImageError

from atelier.io.errors import UserError
from atelier.io.errors import reason_of
from atelier.schema.background import Background
from atelier.schema.resize_mode import Resize
from atelier.segmentation.garment_cutter import GarmentCutter

_FORMATS = ("JPEG", "PNG", "WEBP")


def open_photo(path: str) -> Image.Image:
    """Reads an image, upright and on white, at its own size.

    Args:
        path: Path of a JPEG, PNG or WebP file.

    Raises:
        UserError: If the file is missing or is not a readable image.
    """
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            encoded = Image.open(io.BytesIO(file.read()), formats=_FORMATS)
        photo = ImageOps.exif_transpose(encoded).convert("RGBA")
    except UnidentifiedImageError as error:
        raise UserError(
            f"--photo {path} is none of a JPEG, PNG or WebP file"
        ) from error
    except Exception as error:  # Pillow's plug-ins raise many exception types.
        raise UserError(
            f"--photo {path} cannot be read: {reason_of(error)}; give a whole "
            "JPEG, PNG or WebP file"
        ) from error
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo).convert("RGB")


def read_photo(
    path: str, size: int, resize: Resize, background: Background = "keep"
) -> np.ndarray:
    """Reads an image and resizes it to a square.

    Args:
        path: Path of a JPEG, PNG or WebP file.
        size: Side of the result, in pixels.
        resize: Resize mode for images that are not square: "pad" adds white
            margins, "crop" takes the central square.
        background: "white" cuts the garment out, if there is one; an image of
            exactly the result's size is taken to be prepared, and kept.

    Returns:
        RGB image, float32 [size, size, 3] in [-1, 1].

    Raises:
        UserError: If the file is missing or is not a readable image.
    """
    photo = open_photo(path)
    if background == "white" and photo.size != (size, size):
        cut = GarmentCutter()(tf.constant(np.asarray(photo)), size)
        if cut.reason == "":
            return cut.image.numpy().astype(np.float32) / 127.5 - 1.0
    filtering = Image.Resampling.BILINEAR
    square = (
        ImageOps.pad(photo, (size, size), filtering, color="white")
        if resize == "pad"
        else ImageOps.fit(photo, (size, size), filtering)
    )
    return np.asarray(square, np.float32) / 127.5 - 1.0
