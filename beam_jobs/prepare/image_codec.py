"""Turns whatever a shop calls a photo into a JPEG at training size."""

import contextlib
import ctypes
import io
import logging
import warnings
from typing import Any

import numpy as np
from PIL import ExifTags
from PIL import Image
from PIL import ImageFile
from PIL import _imaging

from atelier.schema.manifest import RESIZES as RESIZES
from atelier.schema.manifest import Resize as Resize

JPEG_QUALITY = 90
THUMBNAIL_QUALITY = 75
MAX_PIXELS = 50_000_000
"""Photos that declare more pixels are refused before they are decoded."""
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""What is read: Pillow takes C source for XBM and runs programs for EPS."""

# What is wrong with a photo goes to the rejections, not to the screen: not as
# a warning, nor as a line of a log, nor straight from libtiff.
warnings.filterwarnings("ignore", module="PIL")
logging.getLogger("PIL").setLevel(logging.CRITICAL)
with contextlib.suppress(AttributeError):  # A Pillow may hide its libtiff.
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

_TURNS: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(Exception):  # noqa: N818  It is data, not a fault.
    """A photo that cannot be used.

    Attributes:
        reason: Short code that is counted, for example `photo_undecodable`.
        detail: One sentence about this photo.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def to_training_jpeg(
    data: bytes,
    size: int,
    resize: Resize = "pad",
    max_pixels: int = MAX_PIXELS,
) -> bytes:
    """Decodes, checks and resizes one photo.

    The photo is turned as its EXIF tag says, brought to RGB (transparent
    parts become white) and scaled to a square with its aspect kept. A
    triangle filter does the scaling, because TensorFlow has the same one:
    the serving graph must see the pixels that training saw.

    Args:
        data: The encoded photo; one of `FORMATS`, any mode.
        size: Side of the square, in pixels.
        resize: What becomes of a photo that is no square; see `Resize`.
        max_pixels: Largest width times height that is decoded.

    Returns:
        A baseline RGB JPEG of `size` x `size` pixels.

    Raises:
        BadPhoto: If the bytes are no photo, are cut short, or declare more
            than `max_pixels`.
    """
    encoded = _open(data, max_pixels)
    try:
        # Lets libjpeg scale by powers of two while it decodes.
        encoded.draft("RGB", (2 * size, 2 * size))
        image = _to_rgb(_turn(encoded))
        if resize == "crop":
            image = _central_square(image)
        image = _fit(image, size)
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise ImageError(
            "photo_undecodable", f"the photo does not decode: {error}"
        ) from error
    return _encode(image, JPEG_QUALITY)


def thumbnail(data: bytes, side: int = 96) -> bytes | None:
    """Makes a small picture of a photo that was rejected, for people.

    Args:
        data: The photo, however broken. What is cut off stays blank.
        side: Longest side of the picture, in pixels.

    Returns:
        An RGB JPEG with the aspect of the photo; None if nothing of it can
        be shown, or it declares more than `MAX_PIXELS`.
    """
    try:
        encoded = _open(data, MAX_PIXELS)
        encoded.draft("RGB", (side, side))
        _load_what_is_there(encoded)
        image = _to_rgb(_turn(encoded))
        image.thumbnail((side, side), Image.Resampling.BILINEAR)
        return _encode(image, THUMBNAIL_QUALITY)
    except Exception:  # Pillow's plug-ins raise many types.
        return None


def _open(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Reads the header alone, so that a bomb costs no memory."""
    # Pillow too refuses a photo, of more than twice this.
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, max_pixels)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(
            "photo_too_large",
            f"the photo declares more than the {max_pixels} pixels that are "
            "decoded",
        ) from error
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise ImageError(
            "photo_undecodable",
            f"the {len(data)} bytes are none of {', '.join(FORMATS)}",
        ) from error
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(
            "photo_too_large",
            f"the photo declares {width} x {height} pixels, more than the "
            f"{max_pixels} that are decoded",
        )
    return image


def _load_what_is_there(image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except Exception:  # Pillow's plug-ins raise many types.
        # Nothing is left to load: the pixels until here are the photo.
        image.tile = []


def _turn(image: Image.Image) -> Image.Image:
    """Turns a photo as its EXIF tag says.

    Not `ImageOps.exif_transpose`: it writes all other tags anew, and fails
    where one of them has an unusual type, though the pixels are sound.
    """
    image.load()  # The tag of a PNG may come after its pixels.
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        image = _to_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Brings 16 or 32 bits of grey to 8; a transparent grey becomes white."""
    grey = np.asarray(image)
    transparent = grey == image.info.get("transparency", -1)
    grey = np.where(transparent, 255, np.clip(grey >> 8, 0, 255))
    return Image.fromarray(grey.astype(np.uint8))


def _central_square(image: Image.Image) -> Image.Image:
    """Cuts off what is longer, before the scaling.

    A thin photo whose short side were scaled first would need more memory
    than any that `max_pixels` allows.
    """
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    return image.crop((left, top, left + side, top + side))


def _fit(image: Image.Image, size: int) -> Image.Image:
    """Scales to fit a square, centred on white.

    Not `ImageOps.pad`: it fails where a side would round to nothing.
    """
    longest = max(image.size)
    width, height = (
        max(1, round(side * size / longest)) for side in image.size
    )
    scaled = image.resize((width, height), Image.Resampling.BILINEAR)
    if width == height:
        scaled.info = {}  # It would go into the JPEG.
        return scaled
    square = Image.new("RGB", (size, size), "white")
    place = (round((size - width) / 2), round((size - height) / 2))
    square.paste(scaled, place)
    return square


def _encode(image: Image.Image, quality: int) -> bytes:
    encoded = io.BytesIO()
    # Without a comment of our own, that of the photo would be written.
    image.save(encoded, format="JPEG", quality=quality, comment=b"")
    return encoded.getvalue()
