"""Thumbnails of catalog images, embeddable in HTML as data URIs."""

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
        photo = Image.open(io.BytesIO(self._photos.jpeg(item)))
        size = (self._side, self._side)
        return photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)

    def uri(self, item: int) -> str:
        """Returns the thumbnail of an item as a data URI."""
        return jpeg_uri(self.image(item))


def jpeg_uri(image: Image.Image) -> str:
    """Encodes an image as JPEG and returns it as a data URI."""
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=_QUALITY, optimize=True)
    return data_uri(encoded.getvalue())
