"""Thumbnails of catalog images, as JPEG files and as data URIs of HTML."""

import io
from collections.abc import Callable

from PIL import Image

from atelier.html.pages import data_uri

_QUALITY = 80


class Pictures:
    """Thumbnails of the catalog images.

    Example:
        thumbnails = Pictures(photos.jpeg, side=48)
        html = f'<img src="{thumbnails.uri(item=0)}">'

    Args:
        jpeg: Function that returns the JPEG file of an item.
        side: Side of the thumbnails, in pixels.
    """

    def __init__(self, jpeg: Callable[[int], bytes], side: int) -> None:
        self._jpeg = jpeg
        self._side = side

    def image(self, item: int) -> Image.Image:
        """Returns the thumbnail of an item."""
        return scale_jpeg(self._jpeg(item), self._side)

    def uri(self, item: int) -> str:
        """Returns the thumbnail of an item as a data URI."""
        return jpeg_uri(self.image(item))


def scale_jpeg(jpeg: bytes, side: int) -> Image.Image:
    """Decodes a catalog image and scales it.

    Args:
        jpeg: JPEG file of a square image.
        side: Side of the result, in pixels.
    """
    photo = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return photo.resize((side, side), Image.Resampling.LANCZOS)


def jpeg_uri(image: Image.Image) -> str:
    """Encodes an image as JPEG and returns it as a data URI."""
    return data_uri(encode_jpeg(image))


def encode_jpeg(image: Image.Image) -> bytes:
    """Encodes a thumbnail as JPEG."""
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=_QUALITY, optimize=True)
    return encoded.getvalue()
