"""Small pictures that stand in the page itself."""

import base64
import io

from PIL import Image

from trainer.data.images import Photos

_QUALITY = 80


class Pictures:
    """The photos of the catalogue, small.

    Args:
        photos: The photos.
        side: Of the pictures, in pixels.
    """

    def __init__(self, photos: Photos, side: int) -> None:
        self._photos = photos
        self._side = side

    def image(self, item: int) -> Image.Image:
        """Returns the picture of an item."""
        photo = Image.open(io.BytesIO(self._photos.jpeg(item)))
        size = (self._side, self._side)
        return photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)

    def uri(self, item: int) -> str:
        """Returns the picture of an item as a data URI."""
        return jpeg_uri(self.image(item))


def jpeg_uri(image: Image.Image) -> str:
    """Returns an image as the data URI of a JPEG."""
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", quality=_QUALITY, optimize=True)
    return (
        "data:image/jpeg;base64,"
        + base64.b64encode(encoded.getvalue()).decode()
    )
