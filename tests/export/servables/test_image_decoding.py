import functools
import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.schema.resize_mode import RESIZES
from beam_jobs.prepare import image_codec
from export.servables.image_decoding import decode_images

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


@functools.cache
def in_graph(resize):
    return tf.function(
        lambda batch: decode_images(batch, SIZE, resize),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )


def decode_all(batch, resize="pad"):
    images, refused = in_graph(resize)(tf.constant(batch, tf.string))
    return images.numpy(), [one.decode() for one in refused.numpy()]


def decode(data, resize="pad"):
    (photo,), refused = decode_all([data], resize)
    assert refused == [""]
    return photo


@pytest.mark.parametrize(
    "size", [(48, 48), (200, 150), (150, 201), (20, 31), (300, 5), (48, 45)]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("resize", RESIZES)
def test_the_server_decodes_as_training(size, kind, resize, monkeypatch):
    # Brightness only: a JPEG keeps a quarter of the colours.
    monkeypatch.setattr(image_codec, "JPEG_QUALITY", 100)
    data = encode(smooth(*size), format=kind)
    prepared = image_codec.to_training_jpeg(data, SIZE, resize)
    seen = np.asarray(Image.open(io.BytesIO(prepared)).convert("L"))
    served = decode(data, resize).astype(np.uint8)
    served = Image.fromarray(served).convert("L")
    difference = np.abs(np.asarray(served).astype(float) - seen)
    assert difference.mean() < 1


@pytest.mark.parametrize(("kind", "limit"), [("PNG", 0.5), ("JPEG", 3)])
@pytest.mark.parametrize("resize", RESIZES)
def test_a_fine_texture_is_averaged_and_not_sampled(
    kind, limit, resize, monkeypatch
):
    """Prepare lets the JPEG codec halve it first, which is not quite equal."""
    monkeypatch.setattr(image_codec, "JPEG_QUALITY", 100)
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 256, (375, 281, 1)).repeat(3, axis=2)
    image = Image.fromarray(texture.astype(np.uint8)).resize((1124, 1500))
    data = encode(image, format=kind)
    prepared = image_codec.to_training_jpeg(data, SIZE, resize)
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
def test_a_thin_image_costs_no_memory(resize):
    """Scaled before it is cropped, it would have 46 million pixels."""
    found = decode(encode(Image.new("RGB", (20_000, 1)), format="PNG"), resize)
    assert found.shape == (48, 48, 3)


@pytest.mark.parametrize("resize", RESIZES)
def test_a_prepared_image_passes_unchanged(resize):
    prepared = image_codec.to_training_jpeg(
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


def test_images_of_a_batch_are_decoded_independently():
    batch = [
        encode(smooth(60, 48), format="JPEG"),
        encode(smooth(48, 60), format="PNG"),
    ]
    together, _ = decode_all(batch)
    for photo, found in zip(batch, together, strict=True):
        np.testing.assert_array_equal(decode(photo), found)


def test_an_empty_batch():
    images, refused = decode_all([])
    assert images.shape == (0, SIZE, SIZE, 3)
    assert refused == []


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
        (png_header(20, 20), "broken or cut off"),
        (jpeg_of_declared_size(20_000, 20_000), "more than 16000000 pixels"),
        (encode(smooth(48, 48), format="JPEG")[:200], "broken or cut off"),
        (b"\xff\xd8\xff", "broken or cut off"),
    ],
    ids=[
        "text", "nothing", "cut off", "gif", "png bomb", "broken png",
        "jpeg bomb", "broken jpeg", "jpeg without size",
    ],
)  # fmt: skip
def test_invalid_files_are_rejected_row_by_row(data, words):
    good = encode(smooth(60, 48), format="JPEG")
    images, (first, said, last) = decode_all([good, data, good])
    assert first == last == ""
    assert words in said
    assert not images[1].any()
    np.testing.assert_array_equal(images[0], decode(good))
    np.testing.assert_array_equal(images[2], decode(good))


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 3}]
)
def test_a_jpeg_without_end_marker_is_decoded_as_in_preparation(
    options,
):
    noise = np.random.default_rng(1).integers(0, 256, (48, 48, 3), np.uint8)
    whole = encode(Image.fromarray(noise), format="JPEG", **options)
    cuts = [whole[:-cut] for cut in (1, 2, 3, 4, 5, 20, 99, 200, 500, 900)]

    photos, refused = decode_all([whole, *cuts])

    np.testing.assert_array_equal(photos[1:3], [photos[0]] * 2)
    for data, why in zip(cuts, refused[1:], strict=True):
        try:
            image_codec.to_training_jpeg(data, SIZE)
        except image_codec.ImageError:
            assert "broken or cut off" in why
        else:
            assert why == ""


def cut_off(data):
    return [data[:end] for end in range(0, len(data), 1 + len(data) // 60)]


def with_a_wrong_byte(data):
    rng = np.random.default_rng(0)
    # Headers are where a byte decides most.
    places = [*range(100), *rng.integers(0, len(data), 100)]
    return [
        data[:place] + bytes([data[place] ^ rng.integers(1, 256)])
        + data[place + 1 :]
        for place in places
    ]  # fmt: skip


def decoded_by_the_op(data):
    """Pixels, or None where the op fails."""
    is_jpeg = data.startswith(b"\xff\xd8\xff")
    try:
        if is_jpeg:
            return tf.io.decode_jpeg(data, channels=3).numpy()
        return tf.io.decode_png(data, channels=3).numpy()
    except tf.errors.InvalidArgumentError:
        return None


@pytest.mark.parametrize("damage", [cut_off, with_a_wrong_byte])
@pytest.mark.parametrize(
    "options",
    [
        {"format": "JPEG"},
        {"format": "JPEG", "progressive": True},
        {"format": "PNG"},
    ],
    ids=["jpeg", "progressive jpeg", "png"],
)
def test_a_damaged_image_is_rejected_if_the_op_fails(options, damage):
    good = encode(smooth(48, 48), **options)
    damaged = damage(good)
    images, (first, *said, last) = decode_all([good, *damaged, good])
    assert first == last == ""
    np.testing.assert_array_equal(images[[0, -1]], [decode(good)] * 2)
    failed = 0
    for data, photo, why in zip(damaged, images[1:-1], said, strict=True):
        if "more than" in why or "neither" in why:
            assert not photo.any()
            continue
        pixels = decoded_by_the_op(data)
        if pixels is None and why == "" and not data.endswith(b"\xff\xd9"):
            # It has all pixels. Only `prepare` finds that scans are missing.
            if "progressive" not in options:
                image_codec.to_training_jpeg(data, SIZE)
            continue
        assert (why != "") == (pixels is None)
        if pixels is None:
            assert not photo.any()
            failed += 1
        elif pixels.shape == photo.shape:
            np.testing.assert_array_equal(photo, pixels)
    assert failed >= 10
