"""Thumbnails of catalog images, as JPEG files and as data URIs of HTML."""

import io

from PIL import Image

from atelier.html.pages import data_uri
from trainer.data.images import Photos

_QUALITY = 80


class Pictures:
    """Thumbnails of the catalog images.

    Example:
        thumbnails = Pictures(photos, side=48)
        html = f'<img src="{thumbnails.uri(item=0)}">'

    Args:
        photos: The catalog images.
        side: Side of the thumbnails, in pixels.
    """

    def __init__(self, photos: Photos, side: int) -> None:
        self._photos = photos
        self._side = side

    def image(self, item: int) -> Image.Image:
        """Returns the thumbnail of an item."""
        return scale_jpeg(self._photos.jpeg(item), self._side)

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
