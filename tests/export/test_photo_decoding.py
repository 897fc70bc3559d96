import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from beam_jobs.preparation import photos
from export.photo_decoding import decode_photos
from records.resize import RESIZES

SIZE = 48


def encode(image, **options):
    encoded = io.BytesIO()
    image.save(encoded, **options)
    return encoded.getvalue()


def smooth(width, height, mode="RGB"):
    """A photo without hard edges, so that two JPEG codecs agree on it."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack(
        [x * 255 / width, y * 255 / height, (x + y) * 127 / (width + height)],
        axis=2,
    )
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def decode(data, resize="pad"):
    return decode_photos(tf.constant([data]), SIZE, resize)[0].numpy()


@pytest.mark.parametrize(
    "size", [(48, 48), (200, 150), (150, 201), (20, 31), (300, 5), (48, 45)]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("resize", RESIZES)
def test_the_server_sees_what_training_saw(size, kind, resize, monkeypatch):
    # Brightness only: a JPEG keeps a quarter of the colours.
    monkeypatch.setattr(photos, "JPEG_QUALITY", 100)
    data = encode(smooth(*size), format=kind)
    prepared = photos.to_training_jpeg(data, SIZE, resize)
    seen = np.asarray(Image.open(io.BytesIO(prepared)).convert("L"))
    served = decode(data, resize).astype(np.uint8)
    served = Image.fromarray(served).convert("L")
    difference = np.abs(np.asarray(served).astype(float) - seen)
    assert difference.mean() < 1


@pytest.mark.parametrize(("kind", "limit"), [("PNG", 0.5), ("JPEG", 3)])
@pytest.mark.parametrize("resize", RESIZES)
def test_a_photo_with_fine_texture_is_averaged_and_not_sampled(
    kind, limit, resize, monkeypatch
):
    """Prepare lets the JPEG codec halve it first, which is not quite equal."""
    monkeypatch.setattr(photos, "JPEG_QUALITY", 100)
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 256, (375, 281, 1)).repeat(3, axis=2)
    image = Image.fromarray(texture.astype(np.uint8)).resize((1124, 1500))
    data = encode(image, format=kind)
    prepared = photos.to_training_jpeg(data, SIZE, resize)
    seen = np.asarray(Image.open(io.BytesIO(prepared)).convert("L"))
    difference = np.abs(decode(data, resize).mean(axis=2) - seen)
    assert difference.mean() < limit


@pytest.mark.parametrize("size", [(96, 48), (48, 96), (97, 48), (48, 101)])
def test_crop_takes_the_central_square(size):
    """Side by side, the two agree to the pixel where nothing is scaled."""
    photo = smooth(*size)
    left, top = ((side - 48) // 2 for side in size)
    square = photo.crop((left, top, left + 48, top + 48))
    found = decode(encode(photo, format="PNG"), "crop")
    np.testing.assert_array_equal(found, np.asarray(square))


@pytest.mark.parametrize("resize", RESIZES)
def test_a_thin_photo_costs_no_memory(resize):
    """Scaled before it is cropped, it would have 46 million pixels."""
    found = decode(encode(Image.new("RGB", (20_000, 1)), format="PNG"), resize)
    assert found.shape == (48, 48, 3)


@pytest.mark.parametrize("resize", RESIZES)
def test_a_prepared_photo_passes_unchanged(resize):
    prepared = photos.to_training_jpeg(
        encode(smooth(99, 70), format="PNG"), SIZE, resize
    )
    exact = tf.io.decode_jpeg(prepared, channels=3).numpy()
    np.testing.assert_array_equal(decode(prepared, resize), exact)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_become_rgb(mode):
    data = encode(smooth(48, 48, mode), format="JPEG", quality=95)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    # CMYK has no one way to RGB; both must at least see the same photo.
    assert np.abs(decode(data) - expected).mean() < 12


def test_transparent_is_white():
    image = Image.new("RGBA", (48, 48), (200, 0, 0, 0))
    image.paste((0, 0, 200, 255), (0, 0, 24, 48))
    image.paste((0, 0, 0, 128), (24, 0, 48, 24))
    found = decode(encode(image, format="PNG"))
    np.testing.assert_allclose(found[40, 2], [0, 0, 200])
    np.testing.assert_allclose(found[40, 40], 255)
    np.testing.assert_allclose(found[5, 40], 127, atol=1)


def test_each_photo_of_a_batch_is_its_own():
    batch = [
        encode(smooth(60, 48), format="JPEG"),
        encode(smooth(48, 60), format="PNG"),
    ]
    together = decode_photos(tf.constant(batch), SIZE, "pad")
    for photo, found in zip(batch, together, strict=True):
        np.testing.assert_array_equal(decode(photo), found)


def png_header(width, height):
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 2, 0, 0, 0)
        + b"\0" * 40
    )


def jpeg_of_declared_size(width, height):
    data = bytearray(encode(smooth(48, 48), format="JPEG"))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no image at all", "neither JPEG nor PNG"),
        (b"", "neither JPEG nor PNG"),
        (b"\x89PNG", "neither JPEG nor PNG"),
        (encode(smooth(48, 48), format="GIF"), "neither JPEG nor PNG"),
        (png_header(20_000, 20_000), "more than 16000000 pixels"),
        (png_header(20, 20), "PNG"),
        (jpeg_of_declared_size(20_000, 20_000), "more than 16000000 pixels"),
        (encode(smooth(48, 48), format="JPEG")[:200], "JPEG|jpeg|image"),
    ],
    ids=[
        "text", "nothing", "cut off", "gif", "png bomb", "broken png",
        "jpeg bomb", "broken jpeg",
    ],
)  # fmt: skip
def test_what_is_no_photo_is_an_invalid_argument(data, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        decode(data)
