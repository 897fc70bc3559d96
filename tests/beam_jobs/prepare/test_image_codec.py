"""Every photo becomes a JPEG of one size, or a `ImageError`."""

import io
import pathlib
import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL import PngImagePlugin

from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import thumbnail
from beam_jobs.prepare.image_codec import to_training_jpeg

# Pytest shows even what is filtered.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
SIZE = 32
WHITE = (255, 255, 255)
CLOSE = 6
"""What JPEG may change in a flat colour."""


def prepared(data, size=SIZE, **options) -> np.ndarray:
    image = Image.open(io.BytesIO(to_training_jpeg(data, size, **options)))
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


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB"])
def test_a_png_without_alpha_may_have_a_transparent_colour(mode):
    level = 0x1234 if mode == "I;16" else 0x12
    colour = (level, 200, 20) if mode == "RGB" else level
    image = Image.new(mode, (SIZE, SIZE), colour)
    image.paste(0, (0, 0, 16, SIZE))
    encoded = io.BytesIO()
    image.save(encoded, format="PNG", transparency=colour)

    pixels = prepared(encoded.getvalue())

    assert is_colour(pixels[:, :12], 0)
    assert is_colour(pixels[:, 20:], WHITE)


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


@pytest.mark.parametrize("scale", [0.5, 1, 1.37, 20])
@pytest.mark.parametrize("wide", [True, False])
def test_crop_keeps_the_central_square(scale, wide):
    long, short = round(96 * scale), round(32 * scale)
    image = Image.new("RGB", (long, short), WHITE)
    left = (long - short) // 2
    image.paste((200, 50, 20), (left, 0, left + short, short))
    image.paste((20, 50, 200), (left, 0, left + short // 2, short // 2))
    if not wide:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    encoded = io.BytesIO()
    image.save(encoded, format="PNG")

    pixels = prepared(encoded.getvalue(), resize="crop")

    # A JPEG block is 8 pixels; the colours meet at 16.
    assert is_colour(pixels[:8, :8], (20, 50, 200))
    assert is_colour(pixels[24:], (200, 50, 20))
    assert is_colour(pixels[:, 24:], (200, 50, 20))


def test_a_square_needs_neither(encode):
    data = encode("RGB", (50, 50), (200, 50, 20))

    assert to_training_jpeg(data, SIZE, "crop") == to_training_jpeg(data, SIZE)


@pytest.mark.parametrize("resize", ["pad", "crop"])
def test_the_turn_comes_before_the_square(resize):
    """Its centre is white and its ends are black, whichever way it lies."""
    image = Image.new("RGB", (96, 32), 0)
    image.paste(WHITE, (24, 0, 72, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    encoded = io.BytesIO()
    image.save(encoded, format="JPEG", exif=exif)

    pixels = prepared(encoded.getvalue(), resize=resize)

    assert is_colour(pixels[:4, 14:18], 255 if resize == "crop" else 0)
    assert is_colour(pixels[14:18, :4], WHITE)


@pytest.mark.parametrize("resize", ["pad", "crop"])
@pytest.mark.parametrize("size", [(200_000, 1), (1, 200_000)])
def test_the_thinnest_photo_fits_into_memory(encode, size, resize):
    data = encode("RGB", size, (200, 50, 20), "PNG")

    pixels = prepared(data, 512, resize=resize)

    assert is_colour(pixels, (200, 50, 20)) == (resize == "crop")


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


def chunk(name, data, damage=0):
    checksum = zlib.crc32(name + data) ^ damage
    return b"".join(
        [
            struct.pack(">I", len(data)),
            name + data,
            struct.pack(">I", checksum),
        ]
    )


CHUNKS = {
    "long text": chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(3_000_000))),
    "long XMP": chunk(
        b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(bytes(3_000_000))
    ),
    "long profile": chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(3_000_000))),
    "much text": chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20))) * 70,
    "checksum of text": chunk(b"tEXt", b"a\0b", 1),
    "checksum of a color": chunk(b"tRNS", b"\0\xc8\0\x32\0\x14", 1),
    "short gamma": chunk(b"gAMA", b"\0"),
    "short resolution": chunk(b"pHYs", b"\0"),
    "short animation": chunk(b"acTL", b"\0"),
    "profile": chunk(b"iCCP", b"a\0\0no profile"),
    "EXIF": chunk(b"eXIf", b"no EXIF"),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_damaged_metadata_of_a_png(encode, name):
    where = -12 if "text" in name else 33  # Text may follow the pixels.
    png = encode("RGB", (SIZE, SIZE), (200, 50, 20), "PNG")

    data = png[:where] + CHUNKS[name] + png[where:]

    assert is_colour(prepared(data), (200, 50, 20))


def test_a_png_with_damaged_pixels(encode):
    png = encode("RGB", (SIZE, SIZE), (200, 50, 20), "PNG")
    at = png.index(b"IDAT") + 10

    with pytest.raises(ImageError, match="cannot be decoded"):
        to_training_jpeg(png[:at] + b"????" + png[at + 4 :], SIZE)


SEGMENTS = {
    "EXIF": (1, b"Exif\0\0no EXIF"),
    "EXIF cut short": (1, b"Exif\0\0MM\0*\0\0\0\x08\0\x09\x01\x12\0\x03"),
    "profile": (2, b"ICC_PROFILE\0\1\1no profile"),
    "profile in part": (2, b"ICC_PROFILE\0\1\5no profile"),
    "profile cut short": (2, b"ICC_PROFILE\0"),
    "other pictures": (2, b"MPF\0none"),
    "Photoshop": (13, b"Photoshop 3.0\x008BIM\x04\x04"),
    "JFIF": (0, b"JFIF\0"),
    "Adobe": (14, b"Adobe"),
}


@pytest.mark.parametrize("name", SEGMENTS)
@pytest.mark.parametrize("end", [b"", b"\0" * 99, b"\xff", b"photo 2"])
def test_damaged_metadata_of_a_jpeg(encode, name, end):
    jpeg = encode("RGB", (SIZE, SIZE), (200, 50, 20), quality=95)
    number, data = SEGMENTS[name]
    segment = struct.pack(">BBH", 0xFF, 0xE0 + number, len(data) + 2) + data

    assert is_colour(
        prepared(jpeg[:2] + segment + jpeg[2:] + end), (200, 50, 20)
    )


@pytest.mark.parametrize("kind", ["MPO", "GIF", "WEBP", "PNG"])
def test_the_first_picture_of_several(kind):
    first, second = (Image.new("RGB", (SIZE, SIZE), c) for c in (WHITE, "red"))
    encoded = io.BytesIO()
    first.save(encoded, kind, save_all=True, append_images=[second])

    assert is_colour(prepared(encoded.getvalue()), WHITE)


@pytest.mark.parametrize(
    ("color_type", "values", "expected"),
    [
        (2, (0xC8FF, 0x32FF, 0x14FF), (200, 50, 20)),
        (4, (0x5AFF, 0xFFFF), (90, 90, 90)),
        (4, (0x5AFF, 0), WHITE),
        (6, (0, 0, 0, 0x8000), (127, 127, 127)),
    ],
)
def test_16_bits_a_color(color_type, values, expected):
    line = b"\0" + struct.pack(f">{len(values)}H", *values) * SIZE
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 16, color_type, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(line * SIZE))
        + chunk(b"IEND", b"")
    )

    assert is_colour(prepared(data), expected)


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.float32, (0.2, 1.0), (51, 255)),
        (np.float32, (51.0, 254.0), (51, 254)),
        (np.float32, (51 * 257.0, 65535.0), (51, 255)),
        (np.float32, (np.nan, np.inf), (0, 0)),
        (np.float32, (-1.0, 200.0), (0, 200)),
        (np.int32, (51, 254), (51, 254)),
        (np.int32, (51 * 257, 65535), (51, 255)),
        (np.int32, (0, 1 << 30), (0, 255)),
    ],
)
def test_white_of_32_bits(dtype, values, expected):
    pixels = np.repeat(np.array(values, dtype), 16)[None].repeat(SIZE, 0)
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "TIFF")

    found = prepared(encoded.getvalue())

    assert is_colour(found[:, :14], expected[0])
    assert is_colour(found[:, 18:], expected[1])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "the PNG photo has a header that cannot be rea"),
        (b"\xff\xd8\xff\xe0", "the JPEG photo has a header that cannot be re"),
        (b"II*\0\x08\0\0\0", "the TIFF photo has a header that cannot be read"),
    ],
)
def test_a_damaged_header_is_told_as_such(data, words):
    with pytest.raises(ImageError, match=words):
        to_training_jpeg(data, SIZE)


@pytest.mark.parametrize("length", [5, 70_000])
def test_comments_are_left_out(encode, length):
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "x" * length)

    photo = encode(size=(40, 40), kind="PNG", pnginfo=text)

    assert b"xxxxx" not in to_training_jpeg(photo, SIZE)
    assert b"xxxxx" not in thumbnail(photo)


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
    with pytest.raises(ImageError) as caught:
        to_training_jpeg(data, SIZE)

    assert caught.value.reason == "photo_undecodable"
    assert caught.value.detail.startswith(f"the {len(data)} bytes are not one")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_jpeg(share):
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, format="JPEG")
    data = encoded.getvalue()

    with pytest.raises(ImageError, match="cannot be decoded: .*truncated"):
        to_training_jpeg(data[: int(len(data) * share)], SIZE)


@pytest.mark.parametrize("cut", [1, 2])
@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"restart_marker_blocks": 3}, {"quality": 95}],
)
def test_a_jpeg_without_its_end_marker(options, cut):
    data = jpeg_of_noise(**options)

    assert to_training_jpeg(data[:-cut], SIZE) == to_training_jpeg(data, SIZE)


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}])
def test_a_jpeg_without_its_last_pixels(options):
    data = jpeg_of_noise(**options)

    for cut in (*range(3, 60), 200, 999):
        with pytest.raises(ImageError, match="truncated"):
            to_training_jpeg(data[:-cut], SIZE)


def test_a_progressive_jpeg_without_its_last_scans():
    data = jpeg_of_noise(progressive=True)
    scans = [match.start() for match in re.finditer(b"\xff\xda", data)]

    assert len(scans) > 5
    for scan in scans[1:]:
        tables = data.rfind(b"\xff\xc4", 0, scan)  # Of that scan.
        for cut in (tables, scan):
            with pytest.raises(ImageError, match="truncated"):
                to_training_jpeg(data[:cut], SIZE)


def jpeg_of_noise(**options):
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, format="JPEG", **options)
    return encoded.getvalue()


def test_max_pixels(encode):
    data = encode(size=(40, 30))

    to_training_jpeg(data, SIZE, max_pixels=1200)
    with pytest.raises(
        ImageError, match="40 x 30 pixels, more than .* of 1199"
    ):
        to_training_jpeg(data, SIZE, max_pixels=1199)


def test_max_pixels_may_be_more_than_pillow_takes(encode, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    data = encode(size=(40, 30))

    with pytest.raises(
        ImageError, match="more than the maximum of 100 pixels"
    ) as bad:
        to_training_jpeg(data, SIZE, max_pixels=100)
    assert bad.value.reason == "photo_too_large"
    to_training_jpeg(data, SIZE, max_pixels=1200)


@pytest.mark.parametrize("function", ["to_training_jpeg", "thumbnail"])
def test_a_huge_png_costs_no_memory(huge_png, tmp_path, function):
    (tmp_path / "huge.png").write_bytes(huge_png)
    script = """
import resource, sys
from beam_jobs.prepare import image_codec
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    reason = getattr(image_codec, sys.argv[2])(data, 128)
except image_codec.ImageError as bad:
    reason = bad.reason
print(reason, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "huge.png", function],
        cwd=pathlib.Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    reason, kilobytes = done.stdout.split()
    assert reason == ("None" if function == "thumbnail" else "photo_too_large")
    assert int(kilobytes) < 20_000  # Decoded, it has 400 MB.


def shown(data, side=96) -> np.ndarray:
    image = Image.open(io.BytesIO(thumbnail(data, side)))
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "TIFF"])
def test_a_thumbnail_shows_what_is_there(kind):
    y, x = np.mgrid[:600, :900]
    pixels = np.stack([y // 3, x // 4, 128 + 0 * x], axis=2).astype(np.uint8)
    encoded = io.BytesIO()
    image = Image.fromarray(np.flipud(pixels) if kind == "BMP" else pixels)
    image.save(encoded, format=kind)
    data = encoded.getvalue()[: int(0.7 * len(encoded.getvalue()))]

    picture = shown(data)
    if kind == "BMP":
        picture = np.flipud(picture)

    assert picture.shape == (64, 96, 3)
    whole = np.asarray(Image.fromarray(pixels).resize((96, 64)))
    assert np.abs(picture - whole)[:24].mean() < 20  # A GIF has few colours
    with pytest.raises(ImageError):
        to_training_jpeg(data, SIZE)


def test_a_thumbnail_is_never_larger_than_its_photo(encode):
    assert shown(encode(size=(40, 30))).shape == (30, 40, 3)
    assert shown(encode(size=(4000, 1))).shape == (1, 96, 3)


def test_a_thumbnail_is_turned_and_white_behind(encode):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode("RGBA", (40, 30), (0, 0, 0, 0), "PNG", exif=exif)

    picture = shown(data, 20)

    assert picture.shape == (20, 15, 3)
    assert is_colour(picture, WHITE)


@pytest.mark.parametrize("data", [b"", b"no photo", b"\xff\xd8\xff"])
def test_nothing_to_show(data):
    assert thumbnail(data) is None


def test_too_large_to_show(encode):
    assert thumbnail(encode("1", (10_000, 5_001), kind="PNG")) is None
