"""Uploaded images, checked by their content."""

import base64
import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.exceptions import HTTPException

from serving.studio.image_check import MAX_IMAGE_BYTES
from serving.studio.image_check import MAX_PIXELS
from serving.studio.image_check import check_image

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image_file(form: str, size: tuple[int, int] = (30, 20), **options) -> bytes:
    options["save_all"] = form == "MPO"
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, form, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of 45 bytes that says how large it is, and holds no pixel."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return PNG + struct.pack(">I", 13) + header + checksum + b"\0" * 4 + b"IDAT"


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(HTTPException) as raised:
        check_image(text)
    return raised.value.status_code, raised.value.detail


@pytest.mark.parametrize(
    "data",
    [
        image_file("PNG"),
        image_file("JPEG"),
        image_file("JPEG", progressive=True),
        # What some phones write: a JPEG with a second image behind it.
        image_file(
            "MPO", save_all=True, append_images=[Image.new("L", (9, 9))]
        ),
    ],
)
def test_photos_pass(data: bytes) -> None:
    assert check_image(encoded(data)) == 600


@pytest.mark.parametrize(
    "data",
    [
        image_file("GIF"),
        image_file("BMP"),
        image_file("WEBP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<script>alert(1)</script>",
        b"",
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    status, sentence = refusal(encoded(data))

    assert status == 415
    assert "JPEG or PNG" in sentence


@pytest.mark.parametrize("text", ["not base64!", "YQ", "яя", "YQ==\n"])
def test_broken_base64_is_refused(text: str) -> None:
    assert refusal(text)[0] == 422


@pytest.mark.parametrize(
    "data", [PNG, JPEG, PNG + b"\0" * 40, image_file("JPEG")[:40]]
)
def test_a_broken_header_is_refused(data: bytes) -> None:
    status, sentence = refusal(encoded(data))

    assert (status, sentence) == (
        422,
        "The photo is damaged; choose another one.",
    )


def test_a_large_file_is_refused() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1900, 1900, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    assert len(file.getvalue()) > MAX_IMAGE_BYTES

    status, sentence = refusal(encoded(file.getvalue()))

    assert status == 413
    assert "10.3 MB" in sentence


@pytest.mark.parametrize(
    "size", [(8000, 5001), (50_000, 50_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_decompression_bomb_is_refused(size: tuple[int, int]) -> None:
    status, sentence = refusal(encoded(png_header(*size)))

    assert status == 413
    assert f"{size[0]} x {size[1]} pixels" in sentence


def test_as_many_pixels_as_allowed_pass() -> None:
    assert check_image(encoded(png_header(8000, 5000))) == MAX_PIXELS


@example(PNG, b"\0\0\0\rIHDR")
@given(st.sampled_from([PNG, JPEG, b""]), st.binary(max_size=80))
def test_any_bytes_are_answered_in_words(magic: bytes, rest: bytes) -> None:
    # Any other exception fails the test.
    with contextlib.suppress(HTTPException):
        check_image(encoded(magic + rest))
