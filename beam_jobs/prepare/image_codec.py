"""Decodes photos of many formats and encodes JPEGs at training size."""

import contextlib
import ctypes
import hashlib
import io
import logging
import warnings
from typing import Any

import numpy as np
from PIL import ExifTags
from PIL import Image
from PIL import ImageFile
from PIL import _imaging

from atelier.schema.jpeg_ends import END_MARKER
from atelier.schema.jpeg_ends import ENDS
from atelier.schema.resize_mode import RESIZES as RESIZES
from atelier.schema.resize_mode import Resize as Resize
from beam_jobs.prepare.image_metadata import JPEG
from beam_jobs.prepare.image_metadata import without_metadata
from beam_jobs.prepare.jpeg_scans import has_all_scans
from beam_jobs.prepare.url_secrets import without_secrets

JPEG_QUALITY = 90
THUMBNAIL_QUALITY = 75
MAX_PIXELS = 50_000_000
"""Maximum width times height; larger photos are rejected undecoded."""
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""Accepted formats; Pillow also reads C source (XBM), runs programs (EPS)."""

# Problems of a photo are reported as rejections, not on the screen: neither by
# warnings, nor by logging, nor by libtiff directly.
warnings.filterwarnings("ignore", module="PIL")
logging.getLogger("PIL").setLevel(logging.CRITICAL)
with contextlib.suppress(AttributeError):  # Some Pillow builds hide libtiff.
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

_WHITES = (1, 255, 65535)
"""Usual values of white in 32-bit photos."""
_TURNS: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(Exception):  # noqa: N818  Reported as data.
    """Reason why a photo cannot be used.

    Attributes:
        reason: Rejection code for the counts, such as `photo_undecodable`.
        detail: One sentence about this photo, without secrets of its URL.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = without_secrets(detail)
        super().__init__(self.detail)


def to_training_jpeg(
    data: bytes,
    size: int,
    resize: Resize = "pad",
    max_pixels: int = MAX_PIXELS,
) -> bytes:
    """Decodes, validates and resizes one photo.

    Args:
        data: Encoded photo in one of `FORMATS`, of any mode.
        size: Side of the square, in pixels.
        resize: Resize mode of a photo that is not square; see `Resize`.
        max_pixels: Maximum width times height to decode.

    Returns:
        A baseline RGB JPEG of `size` x `size` pixels.

    Raises:
        ImageError: If the bytes are not a photo, are truncated, or declare
            more than `max_pixels`.
    """
    photo = decode_photo(data, 2 * size, max_pixels)
    return encode_jpeg(to_square(photo, size, resize), JPEG_QUALITY)


def decode_photo(
    data: bytes, min_size: int, max_pixels: int = MAX_PIXELS
) -> Image.Image:
    """Decodes and validates one photo.

    The photo is oriented by its EXIF tag and converted to RGB; transparent
    parts become white.

    Args:
        data: Encoded photo in one of `FORMATS`, of any mode.
        min_size: Length of both sides, in pixels, down to which a JPEG may be
            scaled by powers of two while it is decoded.
        max_pixels: Maximum width times height to decode.

    Raises:
        ImageError: If the bytes are not a photo, are truncated, or declare
            more than `max_pixels`.
    """
    try:
        return _decode(data, min_size, max_pixels)
    except ImageError:
        repaired = _repaired(data, max_pixels)
        if repaired == data:
            raise
        return _decode(repaired, min_size, max_pixels)


def to_square(photo: Image.Image, size: int, resize: Resize) -> Image.Image:
    """Scales an RGB photo to a square, with its aspect ratio kept.

    Scaling uses a triangle filter, because TensorFlow has the same one: the
    serving graph must produce the pixels of training.

    Args:
        photo: Photo of any size.
        size: Side of the square, in pixels.
        resize: Resize mode of a photo that is not square; see `Resize`.
    """
    return _fit(_central_square(photo) if resize == "crop" else photo, size)


def decode_mask(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decodes the mask of a photo, oriented by its EXIF tag.

    Args:
        data: Image with transparency, whose opaque part is the garment, or a
            black and white one, whose white part is.
        max_pixels: Maximum width times height to decode.

    Returns:
        A gray image, 255 where the garment is.

    Raises:
        ImageError: As `decode_photo`.
    """
    encoded = _open(data, max_pixels)
    try:
        mask = _turn(encoded)
        if mask.has_transparency_data:
            return mask.convert("RGBA").getchannel("A")
        return mask.convert("L")
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise ImageError(
            "photo_undecodable", f"the mask cannot be decoded: {error}"
        ) from error


def encode_jpeg(image: Image.Image, quality: int) -> bytes:
    """Encodes an image as a baseline JPEG without metadata."""
    encoded = io.BytesIO()
    # Without an explicit comment, Pillow would copy that of the photo.
    image.save(encoded, format="JPEG", quality=quality, comment=b"")
    return encoded.getvalue()


def thumbnail(data: bytes, side: int = 96) -> bytes | None:
    """Makes a thumbnail of a rejected photo, for the data report.

    Args:
        data: Encoded photo, possibly damaged; a missing part stays blank.
        side: Maximum side of the thumbnail, in pixels.

    Returns:
        An RGB JPEG with the photo's aspect ratio; None if nothing can be
        decoded, or the photo declares more than `MAX_PIXELS`.
    """
    try:
        encoded = _open(data, MAX_PIXELS)
        encoded.draft("RGB", (side, side))
        _load_partial(encoded)
        image = _to_rgb(_turn(encoded))
        image.thumbnail((side, side), Image.Resampling.BILINEAR)
        return encode_jpeg(image, THUMBNAIL_QUALITY)
    except Exception:  # Pillow's plug-ins raise many types.
        return None


def _decode(data: bytes, min_size: int, max_pixels: int) -> Image.Image:
    encoded = _open(data, max_pixels)
    try:
        encoded.draft("RGB", (min_size, min_size))
        return _to_rgb(_turn(encoded))
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise ImageError(
            "photo_undecodable", f"the photo cannot be decoded: {error}"
        ) from error


def _repaired(data: bytes, max_pixels: int) -> bytes:
    """Removes metadata; adds a missing end marker if all pixels are there."""
    bare = without_metadata(data)
    if not bare.startswith(JPEG) or bare.endswith(END_MARKER):
        return bare
    if not has_all_scans(bare):
        return data
    bare = bare.removesuffix(END_MARKER[:1])
    with contextlib.suppress(Exception):  # Pillow's plug-ins raise many types.
        pixels = {
            hashlib.sha256(_open(bare + end, max_pixels).tobytes()).digest()
            for end in ENDS
        }
        if len(pixels) == 1:
            return bare + ENDS[0]
    return data


def _open(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Reads only the header: a decompression bomb must not use memory."""
    # Pillow itself raises an error only above twice this limit.
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, max_pixels)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(
            "photo_too_large",
            f"the photo declares more than the maximum of {max_pixels} pixels",
        ) from error
    except Exception as error:  # Pillow's plug-ins raise many types.
        raise ImageError("photo_undecodable", _header_problem(data)) from error
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(
            "photo_too_large",
            f"the photo declares {width} x {height} pixels, more than the "
            f"maximum of {max_pixels}",
        )
    return image


def _header_problem(data: bytes) -> str:
    """Returns why Pillow cannot open a photo; `Image.open` does not tell."""
    for name in FORMATS:
        reader, accepts = Image.OPEN[name]
        if accepts is None or accepts(data[:16]) is not True:
            continue
        try:
            reader(io.BytesIO(data), "")
        except Exception as error:  # Pillow's plug-ins raise many types.
            return f"the {name} photo has a header that cannot be read: {error}"
    return f"the {len(data)} bytes are not one of {', '.join(FORMATS)}"


def _load_partial(image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except Exception:  # Pillow's plug-ins raise many types.
        # Marks the image as loaded, with the pixels decoded so far.
        image.tile = []


def _turn(image: Image.Image) -> Image.Image:
    """Rotates or flips a photo by its EXIF orientation tag.

    Not `ImageOps.exif_transpose`: it rewrites all other tags and fails if one
    of them has an unusual type, although the pixels are valid.
    """
    image.load()  # The tag of a PNG may follow its pixels.
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # Damaged tags raise many types; the pixels are valid.
        turn = None
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        image = _to_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Converts 16 or 32-bit gray to 8 bits; transparent gray becomes white.

    32-bit integers and floats have no fixed white. It is the smallest usual
    one that no pixel exceeds.
    """
    gray = np.asarray(image)
    if image.mode.startswith("I;16"):
        transparent = gray == image.info.get("transparency")
        gray = np.where(transparent, 255, gray >> 8)
    else:
        gray = np.nan_to_num(gray.astype(np.float32), posinf=0, neginf=0)
        brightest = gray.max()
        white = next((x for x in _WHITES if brightest <= x), brightest)
        gray = np.clip(gray * (255 / white), 0, 255)
    return Image.fromarray(gray.astype(np.uint8))


def _central_square(image: Image.Image) -> Image.Image:
    """Crops the central square, before scaling.

    Scaling the short side of a very thin photo first would need more memory
    than any photo within `max_pixels`.
    """
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    return image.crop((left, top, left + side, top + side))


def _fit(image: Image.Image, size: int) -> Image.Image:
    """Scales to fit a square and centers the result on white.

    Not `ImageOps.pad`: it fails if a side would round to 0 pixels.
    """
    longest = max(image.size)
    width, height = (
        max(1, round(side * size / longest)) for side in image.size
    )
    scaled = image.resize((width, height), Image.Resampling.BILINEAR)
    if width == height:
        scaled.info = {}  # Metadata would be written to the JPEG.
        return scaled
    square = Image.new("RGB", (size, size), "white")
    place = (round((size - width) / 2), round((size - height) / 2))
    square.paste(scaled, place)
    return square
