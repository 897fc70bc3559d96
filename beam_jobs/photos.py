"""Turns whatever a shop calls a photo into a JPEG at training size."""

import io
from typing import Any

from PIL import ExifTags
from PIL import Image

JPEG_QUALITY = 90
MAX_PIXELS = 50_000_000
"""Photos that declare more pixels are refused before they are decoded."""
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""What is read: Pillow takes C source for XBM and runs programs for EPS."""

_TURNS: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class BadPhoto(Exception):  # noqa: N818  It is data, not a fault.
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
    data: bytes, size: int, max_pixels: int = MAX_PIXELS
) -> bytes:
    """Decodes, checks and resizes one photo.

    The photo is turned as its EXIF tag says, brought to RGB (transparent
    parts become white), scaled to fit a square of `size` pixels with its
    aspect kept, and padded with white. A triangle filter does the scaling,
    because TensorFlow has the same one: the serving graph must see the
    pixels that training saw.

    Args:
        data: The encoded photo; one of `FORMATS`, any mode.
        size: Side of the square, in pixels.
        max_pixels: Largest width times height that is decoded.

    Returns:
        A baseline RGB JPEG of `size` x `size` pixels.

    Raises:
        BadPhoto: If the bytes are no photo, are cut short, or declare more
            than `max_pixels`.
    """
    image = _open(data, max_pixels)
    try:
        # Lets libjpeg scale by powers of two while it decodes.
        image.draft("RGB", (2 * size, 2 * size))
        image = _fit(_to_rgb(_turn(image)), size)
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise BadPhoto(
            "photo_undecodable", f"the photo does not decode: {error}"
        ) from error
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Reads the header alone, so that a bomb costs no memory."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadPhoto("photo_too_large", str(error)) from error
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise BadPhoto(
            "photo_undecodable",
            f"the {len(data)} bytes are none of {', '.join(FORMATS)}",
        ) from error
    width, height = image.size
    if width * height > max_pixels:
        raise BadPhoto(
            "photo_too_large",
            f"the photo declares {width} x {height} pixels, more than the "
            f"{max_pixels} that are decoded",
        )
    return image


def _turn(image: Image.Image) -> Image.Image:
    """Turns a photo as its EXIF tag says.

    Not `ImageOps.exif_transpose`: it writes all other tags anew, and fails
    where one of them has an unusual type, though the pixels are sound.
    """
    image.load()  # The tag of a PNG may come after its pixels.
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 or 32 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _fit(image: Image.Image, size: int) -> Image.Image:
    """Scales to fit a square, centred on white.

    Not `ImageOps.pad`: it fails where a side would round to nothing, and it
    keeps comments, which would go into the JPEG.
    """
    longest = max(image.size)
    width, height = (
        max(1, round(side * size / longest)) for side in image.size
    )
    square = Image.new("RGB", (size, size), "white")
    square.paste(
        image.resize((width, height), Image.Resampling.BILINEAR),
        (round((size - width) / 2), round((size - height) / 2)),
    )
    return square
