"""Check of uploaded images before they reach the model."""

import base64
import binascii
import io

from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from starlette.exceptions import HTTPException

MAX_IMAGE_BYTES = 8 * 2**20
"""Maximum size of an uploaded image in bytes."""
MAX_PIXELS = 40_000_000
"""Maximum number of pixels of an uploaded image. A small file can decode to
gigabytes."""

# The readers that `Image.open` calls, which warns of large images besides. They
# read the header, and no pixels.
_READERS = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
}


def check_image(text: str) -> int:
    """Checks an uploaded image.

    Args:
        text: JPEG or PNG file in base64.

    Returns:
        Number of pixels.

    Raises:
        HTTPException: If the text is not base64, the file is neither JPEG nor
            PNG by its content, is broken, or is too large.
    """
    data = _decode(text)
    if len(data) > MAX_IMAGE_BYTES:
        raise HTTPException(
            413,
            f"The photo has {len(data) / 2**20:.1f} MB; choose one of at most "
            f"{MAX_IMAGE_BYTES // 2**20} MB.",
        )
    width, height = _size(data)
    if width * height > MAX_PIXELS:
        raise HTTPException(
            413,
            f"The photo has {width} x {height} pixels; choose one of at most "
            f"{MAX_PIXELS // 10**6} megapixels.",
        )
    return width * height


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:  # ValueError: not ASCII.
        raise HTTPException(
            422, "The photo arrived broken; choose it again."
        ) from error


def _size(data: bytes) -> tuple[int, int]:
    """Returns width and height by the header of a file."""
    for magic, reader in _READERS.items():
        if data.startswith(magic):
            try:
                return reader(io.BytesIO(data)).size
            except (SyntaxError, ValueError, OSError) as error:
                raise HTTPException(
                    422, "The photo is damaged; choose another one."
                ) from error
    raise HTTPException(
        415, "The file is not a photo in JPEG or PNG format; choose another."
    )
