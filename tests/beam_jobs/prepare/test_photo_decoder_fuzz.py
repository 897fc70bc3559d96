"""Whatever the bytes are: a JPEG, or a `ImageError`, and not a word."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image

from beam_jobs.prepare.image_codec import FORMATS
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import thumbnail
from beam_jobs.prepare.image_codec import to_training_jpeg

# Pytest shows even what is filtered; `test_nothing_is_printed` looks closer.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
SIZE = 32
MODES = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "RGBA", "LA", "L", "P", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "GIF": ("P", "L"),
    "BMP": ("RGB", "RGBA", "P", "1"),
    "TIFF": ("RGB", "RGBA", "CMYK", "LAB", "F", "I", "I;16B", "P"),
}
OPTIONS = {
    "JPEG": ({}, {"progressive": True}),
    "PNG": ({}, {"transparency": 3}),
    "WEBP": ({}, {"lossless": True}),
    "GIF": ({}, {"transparency": 3}),
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}),
}


def files() -> dict[str, bytes]:
    """One sound file of each format, mode and option."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a description"
    made = {}
    for kind, modes in MODES.items():
        for mode in modes:
            for options in OPTIONS.get(kind, ({},)):
                if "transparency" in options and mode not in ("P", "L", "I;16"):
                    continue
                image = Image.fromarray(noise)
                if mode.startswith("I;16"):
                    image = image.convert("I").convert("I;16").convert(mode)
                elif mode == "LAB":
                    image = Image.frombytes(mode, image.size, noise.tobytes())
                else:
                    image = image.convert(mode)
                encoded = io.BytesIO()
                image.save(encoded, format=kind, exif=exif, **options)
                made[f"{kind} {mode} {options}"] = encoded.getvalue()
    return made


FILES = files()
MAGIC = [b"", *sorted({data[:12] for data in FILES.values()})]


def check(data: bytes) -> None:
    for resize in ("pad", "crop"):
        with contextlib.suppress(ImageError):
            jpeg = to_training_jpeg(data, SIZE, resize)
            image = Image.open(io.BytesIO(jpeg))
            image.load()
            assert image.format == "JPEG"
            assert image.mode == "RGB"
            assert image.size == (SIZE, SIZE)
    picture = thumbnail(data, SIZE)
    if picture is not None:
        image = Image.open(io.BytesIO(picture))
        image.load()
        assert image.format == "JPEG"
        assert image.mode == "RGB"
        assert max(image.size) <= SIZE


def test_every_format_is_among_them():
    assert tuple(MODES) == FORMATS


@pytest.mark.parametrize("name", FILES)
def test_sound_photos(name):
    assert to_training_jpeg(FILES[name], SIZE)
    assert thumbnail(FILES[name])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(MAGIC),
    st.binary(max_size=200),
)
def test_any_bytes(start, data):
    check(start + data)


@settings(max_examples=400, deadline=None)
@pytest.mark.slow
@given(
    name=st.sampled_from(sorted(FILES)),
    changes=st.lists(
        st.tuples(
            st.integers(0, 200) | st.integers(0, 2000), st.binary(min_size=1)
        ),
        max_size=6,
    ),
    keep=st.just(1.0) | st.floats(0, 1),
)
def test_damaged_photos(name, changes, keep):
    data = bytearray(FILES[name])
    for place, value in changes:
        place %= len(data)
        data[place : place + len(value)] = value

    check(bytes(data[: round(keep * len(data))]))


def test_nothing_is_printed(tmp_path):
    """Python's warnings, Pillow's log and the C libraries' all go nowhere."""
    rng = np.random.default_rng(0)
    for number, data in enumerate(FILES.values()):
        for change in range(20):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), 4):
                damaged[place % 200 if change % 2 else place] = rng.integers(
                    256
                )
            (tmp_path / f"{number}-{change}").write_bytes(damaged)
    script = """
import pathlib, sys
from beam_jobs.prepare import image_codec
sound = 0
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        image_codec.to_training_jpeg(path.read_bytes(), 32)
        sound += 1
    except image_codec.ImageError:
        image_codec.thumbnail(path.read_bytes())
print(sound)
"""

    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script, tmp_path],
        cwd=pathlib.Path(__file__).parents[3],
        env={**os.environ, "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""
    assert 0 < int(done.stdout) < 20 * len(FILES)
