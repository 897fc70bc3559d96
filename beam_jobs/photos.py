"""Turns whatever a shop calls a photo into a JPEG at training size."""

import io

from PIL import Image
from PIL import ImageOps

JPEG_QUALITY = 90
MAX_PIXELS = 50_000_000
"""Photos that declare more pixels are refused before they are decoded."""


class BadPhoto(Exception):
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
        data: The encoded photo; any format and mode that Pillow reads.
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
        image = _to_rgb(ImageOps.exif_transpose(image))
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise BadPhoto(
            "photo_undecodable", f"the photo does not decode: {error}"
        ) from error
    image = ImageOps.pad(
        image,
        (size, size),
        method=Image.Resampling.BILINEAR,
        color=(255, 255, 255),
    )
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Reads the header alone, so that a bomb costs no memory."""
    try:
        image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        raise BadPhoto("photo_too_large", str(error)) from error
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise BadPhoto(
            "photo_undecodable",
            f"the {len(data)} bytes are no photo that Pillow can read",
        ) from error
    width, height = image.size
    if width * height > max_pixels:
        raise BadPhoto(
            "photo_too_large",
            f"the photo declares {width} x {height} pixels, more than the "
            f"{max_pixels} that are decoded",
        )
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 or 32 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")
