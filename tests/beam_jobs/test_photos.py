"""Every photo becomes a JPEG of one size, or a `BadPhoto`."""

import contextlib
import io
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image
from PIL import PngImagePlugin

from beam_jobs.photos import BadPhoto
from beam_jobs.photos import to_training_jpeg

SIZE = 32
WHITE = (255, 255, 255)
CLOSE = 6
"""What JPEG may change in a flat colour."""


def prepared(data, size=SIZE) -> np.ndarray:
    image = Image.open(io.BytesIO(to_training_jpeg(data, size)))
    assert (image.format, image.mode, image.size) == (
        "JPEG",
        "RGB",
        (size,) * 2,
    )
    return np.asarray(image).astype(int)


def is_colour(pixels, colour) -> bool:
    return bool((np.abs(pixels - np.array(colour)) <= CLOSE).all())


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "expected"),
    [
        ("RGB", (200, 50, 20), "JPEG", (200, 50, 20)),
        ("RGB", (200, 50, 20), "WEBP", (200, 50, 20)),
        ("RGB", (200, 50, 20), "TIFF", (200, 50, 20)),
        ("L", 90, "JPEG", (90, 90, 90)),
        ("1", 1, "PNG", WHITE),
        ("CMYK", (0, 255, 255, 0), "JPEG", (254, 0, 0)),
        ("RGBA", (200, 50, 20, 255), "PNG", (200, 50, 20)),
        ("RGBA", (200, 50, 20, 0), "PNG", WHITE),
        ("RGBA", (0, 0, 0, 128), "PNG", (127, 127, 127)),
        ("LA", (90, 255), "PNG", (90, 90, 90)),
        ("LA", (90, 0), "PNG", WHITE),
        ("I;16", 0x5AFF, "PNG", (90, 90, 90)),
        ("I;16", 0xFFFF, "PNG", WHITE),
    ],
)
def test_modes(encode, mode, colour, kind, expected):
    data = encode(mode, (SIZE, SIZE), colour, kind)

    assert is_colour(prepared(data), expected)


@pytest.mark.parametrize(
    ("transparent", "expected"), [(7, WHITE), (8, (200, 50, 20))]
)
def test_a_palette_may_hold_a_transparent_colour(transparent, expected):
    image = Image.new("P", (SIZE, SIZE), 7)
    image.putpalette([200, 50, 20] * 256)
    encoded = io.BytesIO()
    image.save(encoded, format="PNG", transparency=transparent)

    assert is_colour(prepared(encoded.getvalue()), expected)


@pytest.mark.parametrize("scale", [0.25, 1, 1.37, 20])
@pytest.mark.parametrize("wide", [True, False])
def test_aspect_is_kept_and_the_rest_is_white(encode, scale, wide):
    size = (round(32 * scale), round(16 * scale))
    pixels = prepared(
        encode("RGB", size if wide else size[::-1], (200, 50, 20))
    )
    if not wide:
        pixels = pixels.transpose(1, 0, 2)

    # A JPEG block is 8 pixels, so the borders are on blocks' edges.
    assert is_colour(pixels[:6], WHITE)
    assert is_colour(pixels[10:22], (200, 50, 20))
    assert is_colour(pixels[26:], WHITE)


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000)])
def test_the_thinnest_photo_keeps_a_line(encode, size):
    pixels = prepared(encode("RGB", size, (200, 50, 20)))

    assert not is_colour(pixels, WHITE)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        (0, (0, 0)),
        (1, (0, 0)),
        (2, (0, -1)),
        (3, (-1, -1)),
        (4, (-1, 0)),
        (5, (0, 0)),
        (6, (0, -1)),
        (7, (-1, -1)),
        (8, (-1, 0)),
        (9, (0, 0)),
    ],
)
def test_exif_orientation(orientation, corner):
    image = Image.new("RGB", (SIZE, SIZE), WHITE)
    image.paste((0, 0, 0), (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", exif=exif)

    pixels = prepared(encoded.getvalue())

    corners = {(0, 0), (0, -1), (-1, 0), (-1, -1)}
    assert {one for one in corners if is_colour(pixels[one], 0)} == {corner}


def test_an_unusual_exif_tag_costs_no_photo(encode):
    tags = (
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02"
        b"\x01\x00\0\x02\0\0\0\x04abc\0"  # A width that is a text.
        b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # Turned.
    )

    pixels = prepared(encode(size=(SIZE, 8), exif=tags))

    assert is_colour(pixels[:, 16], 0)


@pytest.mark.parametrize("length", [5, 70_000])
def test_comments_are_left_out(encode, length):
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * length)

    photo = encode(size=(40, 40), kind="PNG", pnginfo=text)
    data = to_training_jpeg(photo, SIZE)

    assert b"xxxxx" not in data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no photo",
        b"#define a_width 8\n#define a_height 1\nstatic char a[] = {0};",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
    ],
    ids=["empty", "text", "xbm", "eps"],
)
def test_no_photo(data):
    with pytest.raises(BadPhoto) as caught:
        to_training_jpeg(data, SIZE)

    assert caught.value.reason == "photo_undecodable"
    assert caught.value.detail.startswith(f"the {len(data)} bytes are none of")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_jpeg(share):
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, format="JPEG")
    data = encoded.getvalue()

    with pytest.raises(BadPhoto, match="does not decode: .*truncated"):
        to_training_jpeg(data[: int(len(data) * share)], SIZE)


def test_max_pixels(encode):
    data = encode(size=(40, 30))

    to_training_jpeg(data, SIZE, max_pixels=1200)
    with pytest.raises(BadPhoto, match="40 x 30 pixels, more than the 1199"):
        to_training_jpeg(data, SIZE, max_pixels=1199)


def test_a_huge_png_costs_no_memory(huge_png, tmp_path):
    (tmp_path / "huge.png").write_bytes(huge_png)
    script = """
import resource, sys
from beam_jobs.photos import BadPhoto, to_training_jpeg
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    to_training_jpeg(data, 128)
except BadPhoto as bad:
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(bad.reason, after - before)
"""

    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "huge.png"],
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    reason, kilobytes = done.stdout.split()
    assert reason == "photo_too_large"
    assert int(kilobytes) < 20_000  # Decoded, it has 400 MB.


def prepared_or_bad(data):
    with contextlib.suppress(BadPhoto):
        prepared(data)


@settings(max_examples=200, deadline=None)
@given(st.binary())
def test_any_bytes(data):
    prepared_or_bad(data)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF"]),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        max_size=8,
    ),
    keep=st.floats(0, 1),
)
@pytest.mark.filterwarnings("ignore")
def test_damaged_photos(encode, kind, changes, keep):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = bytearray(encode(size=(20, 12), kind=kind, exif=exif))
    for place, value in changes:
        data[int(place * len(data))] = value

    prepared_or_bad(bytes(data[: max(1, round(keep * len(data)))]))
