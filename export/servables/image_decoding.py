"""Image decoding in the serving graph, with the same pixels as `prepare`.

The model was trained on images written by `prepare`, so an image in a request
must be decoded in the same way: aspect ratio kept, padded or cropped, scaled
with a triangle filter, transparency on white. EXIF orientation is not applied,
because no stock op reads it.
"""

import tensorflow as tf

from atelier.schema.jpeg_ends import END_MARKER
from atelier.schema.jpeg_ends import ENDS
from atelier.schema.resize_mode import Resize
from atelier.segmentation.garment_cutter import GarmentCutter

MAX_PIXELS = 16_000_000
"""Images that declare more pixels are rejected before they are decoded.

A file of a few kilobytes can decode to up to a gigabyte.
"""
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"


def decode_images(
    image_bytes: tf.Tensor,
    image_size: int,
    resize: Resize,
    cutter: GarmentCutter | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes JPEG and PNG files to inputs of the item tower.

    An image that cannot be decoded does not affect the others.

    Args:
        image_bytes: JPEG or PNG files, string [batch].
        image_size: Side of the output, in pixels.
        resize: Treatment of images that are not square; see `Resize`.
        cutter: Cuts garments out, as `prepare --background white`; None to
            keep the background. An image of exactly the output's size is
            taken to be prepared, and kept.

    Returns:
        Images, float32 [batch, image_size, image_size, 3] in 0..255, black if
        rejected, and the reasons for rejection, string [batch], "" if decoded.
    """

    def prepare_one(data: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image, error = decode_image(data)
        square = _square(image, image_size, resize)
        if cutter is None:
            return square, error
        prepared = tf.reduce_all(tf.shape(image)[:2] == image_size)
        image = tf.cond(
            prepared | (error != ""),
            lambda: square,
            lambda: _cut(image, square, cutter),
        )
        return image, error

    return tf.map_fn(
        prepare_one,
        image_bytes,
        fn_output_signature=(
            tf.TensorSpec([image_size, image_size, 3], tf.float32),
            tf.TensorSpec([], tf.string),
        ),
        parallel_iterations=1,  # A batch takes no more memory than one image.
    )


def decode_image(data: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes one file, at its own size.

    Args:
        data: JPEG or PNG file, a string scalar.

    Returns:
        Image, float32 [height, width, 3] in 0..255, a black pixel if rejected,
        and the reason for rejection, a string scalar, "" if decoded.
    """
    black = tf.zeros([1, 1, 3])
    broken = tf.data.Dataset.from_tensors(
        (black, "The photo is broken or cut off: it cannot be decoded.")
    )

    @tf.autograph.experimental.do_not_convert
    def try_one(data: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        error = _header_error(data)
        image = tf.cond(error == "", lambda: _decode(data), lambda: black)
        return tf.ensure_shape(image, [None, None, 3]), error

    # An op that fails would fail the whole batch, and only a dataset can
    # ignore errors. This one holds the decoded image, or else `broken`.
    tried = tf.data.Dataset.from_tensors(data).map(try_one).ignore_errors()
    return tried.concatenate(broken).take(1).get_single_element()


def _square(image: tf.Tensor, size: int, resize: Resize) -> tf.Tensor:
    return _fit(_central_square(image) if resize == "crop" else image, size)


def _cut(
    image: tf.Tensor, square: tf.Tensor, cutter: GarmentCutter
) -> tf.Tensor:
    """Cuts the garment out of an image; returns `square` if that fails."""
    cut = cutter(image, square.shape[0])
    return tf.cond(
        cut.reason == "", lambda: tf.cast(cut.image, tf.float32), lambda: square
    )


def _header_error(data: tf.Tensor) -> tf.Tensor:
    """Returns the reason to reject a file by its header, "" if none."""
    is_jpeg = _begins(data, _JPEG)
    size = tf.cond(is_jpeg, lambda: _jpeg_size(data), lambda: _png_size(data))
    pixels = tf.reduce_prod(size)
    too_many = tf.strings.join(
        [
            f"The photo declares more than {MAX_PIXELS} pixels: ",
            tf.as_string(pixels),
            ".",
        ]
    )
    return tf.where(
        is_jpeg | _begins(data, _PNG),
        tf.where(pixels > MAX_PIXELS, too_many, ""),
        "The bytes that were sent are neither JPEG nor PNG.",
    )


def _begins(data: tf.Tensor, magic: bytes) -> tf.Tensor:
    return tf.strings.substr(data, 0, len(magic)) == magic


def _jpeg_size(data: tf.Tensor) -> tf.Tensor:
    return tf.image.extract_jpeg_shape(data, output_type=tf.int64)[:2]


def _png_size(data: tf.Tensor) -> tf.Tensor:
    # Width and height are bytes 16 to 24, big-endian; the zeros pad truncated
    # files.
    header = tf.strings.substr(tf.strings.join([data, b"\0" * 24]), 16, 8)
    size = tf.io.decode_raw(header, tf.int32, little_endian=False)
    return tf.cast(size, tf.int64)


def _decode(data: tf.Tensor) -> tf.Tensor:
    """Decodes one image to RGB, float32 [height, width, 3] in 0..255."""
    return tf.cond(
        _begins(data, _JPEG),
        lambda: tf.cast(_decode_jpeg(data), tf.float32),
        lambda: _decode_png(data),
    )


def _decode_jpeg(data: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG; one without an end marker if all pixels are there."""
    ends_with_marker = tf.strings.substr(data, -2, 2) == END_MARKER
    return tf.cond(
        ends_with_marker,
        lambda: tf.io.decode_jpeg(data, channels=3),
        lambda: _decode_unended_jpeg(data),
    )


def _decode_unended_jpeg(data: tf.Tensor) -> tf.Tensor:
    half_marker = tf.strings.substr(data, -1, 1) == END_MARKER[:1]
    length = tf.strings.length(data) - tf.cast(half_marker, tf.int32)
    bare = tf.strings.substr(data, 0, length)
    image, *others = (
        tf.io.decode_jpeg(tf.strings.join([bare, end]), channels=3)
        for end in ENDS
    )
    same = [tf.reduce_all(image == other) for other in others]
    return tf.cond(
        tf.reduce_all(same),
        lambda: image,
        lambda: tf.io.decode_jpeg(data, channels=3),  # It fails.
    )


def _decode_png(data: tf.Tensor) -> tf.Tensor:
    rgba = tf.cast(tf.io.decode_png(data, channels=4), tf.float32)
    alpha = rgba[..., 3:] / 255.0
    return rgba[..., :3] * alpha + 255.0 * (1.0 - alpha)


def _central_square(image: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(image)[:2]
    side = tf.reduce_min(shape)
    top, left = tf.unstack((shape - side) // 2)
    return image[top : top + side, left : left + side]


def _fit(image: tf.Tensor, size: int) -> tf.Tensor:
    """Scales an image to fit into a square, centered on white."""
    shape = tf.shape(image)[:2]
    longest = tf.reduce_max(shape)
    scaled = tf.cast(
        tf.round(
            tf.cast(shape * size, tf.float64) / tf.cast(longest, tf.float64)
        ),
        tf.int32,
    )
    scaled = tf.maximum(scaled, 1)
    image = tf.image.resize(image, scaled, antialias=True)
    image = tf.round(tf.clip_by_value(image, 0.0, 255.0))
    # `tf.round` rounds half to even, as Pillow does.
    before = tf.cast(tf.round((size - scaled) / 2), tf.int32)
    after = size - scaled - before
    paddings = tf.stack([before, after], axis=1)
    paddings = tf.concat([paddings, tf.zeros([1, 2], tf.int32)], axis=0)
    padded = tf.pad(image, paddings, constant_values=255.0)
    return tf.ensure_shape(padded, [size, size, 3])
