import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image

from atelier.segmentation import garment_cutter
from atelier.segmentation.cut_out import TOO_SMALL
from beam_jobs.prepare import cut_photos
from beam_jobs.prepare.cut_photos import CUT
from beam_jobs.prepare.cut_photos import MASK_OF_OTHER_SHAPE
from beam_jobs.prepare.cut_photos import MASK_UNREADABLE
from beam_jobs.prepare.cut_photos import NO_MASK
from beam_jobs.prepare.cut_photos import cut_by_mask
from beam_jobs.prepare.cut_photos import encode_mask
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import decode_mask

SIZE = 32
PHOTO = Image.new("RGB", (60, 40), (200, 0, 0))


def rectangle(width=60, height=40, fraction=1.0):
    mask = np.zeros((height, width), bool)
    mask[height // 4 : height // 2, : int(width * fraction)] = True
    return mask


def alpha_png(mask):
    encoded = io.BytesIO()
    image = Image.new("RGBA", mask.shape[::-1])
    image.putalpha(Image.fromarray(mask.astype(np.uint8) * 255))
    image.save(encoded, format="PNG")
    return encoded.getvalue()


@pytest.mark.parametrize("encode", [encode_mask, alpha_png])
@pytest.mark.parametrize("width", [60, 30])
def test_a_garment_is_cut_out_by_its_mask(encode, width):
    mask = rectangle(width, width * 2 // 3)

    cut = cut_by_mask(PHOTO, encode(mask), SIZE)

    assert cut.outcome == CUT
    assert cut.image.size == (SIZE, SIZE)
    assert cut.image.getpixel((16, 16)) == (200, 0, 0)
    assert cut.image.getpixel((16, 2)) == (255, 255, 255)
    stored = Image.open(io.BytesIO(cut.mask))
    assert (stored.mode, stored.size) == ("1", (SIZE, SIZE))
    red = np.asarray(cut.image)[..., 1] < 128
    np.testing.assert_array_equal(np.asarray(stored), red)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (None, NO_MASK),
        (b"", NO_MASK),
        ("text", NO_MASK),
        (b"no image", MASK_UNREADABLE),
        (encode_mask(rectangle(40, 60)), MASK_OF_OTHER_SHAPE),
        (encode_mask(rectangle(fraction=0.05)), TOO_SMALL),
    ],
)
def test_a_photo_without_a_usable_mask_is_kept(data, outcome):
    assert cut_by_mask(PHOTO, data, SIZE) == (None, b"", outcome)


def test_a_mask_with_too_many_pixels_is_not_read():
    mask = encode_mask(rectangle())
    cut = cut_by_mask(PHOTO, mask, SIZE, max_pixels=60 * 40 - 1)
    assert cut.outcome == MASK_UNREADABLE


def test_a_mask_is_oriented_as_a_photo():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    encoded = io.BytesIO()
    Image.new("L", (40, 60)).save(encoded, format="PNG", exif=exif)
    assert decode_mask(encoded.getvalue()).size == PHOTO.size


def test_the_network_is_traced_for_photos_of_any_size(monkeypatch):
    """Without its weights: what it finds is tested with the network."""
    monkeypatch.setattr(
        garment_cutter,
        "GarmentCutter",
        lambda: lambda photo, size: (photo[:1], size),
    )
    network = cut_photos._network.__wrapped__(32)
    for height in (3, 5):
        photo, size = network(np.full((height, 4, 3), 7, np.uint8))
        assert photo.shape == (1, 4, 3)
        assert size == 32
    assert network.experimental_get_tracing_count() == 1


def test_a_mask_cut_short_is_told_as_such():
    with pytest.raises(ImageError, match="the mask cannot be decoded"):
        decode_mask(alpha_png(rectangle())[:-30])


@pytest.mark.slow
def test_a_process_that_cut_a_photo_ends_without_a_word():
    # TensorFlow is imported by the first photo, after the module that keeps
    # its functions, and freed before it while anything refers to that module.
    script = (
        "import sys\n"
        "from PIL import Image\n"
        "from beam_jobs.prepare import cut_photos\n"
        "mask = Image.new('1', (60, 40)); mask.paste(1, (0, 10, 60, 20))\n"
        "import numpy; data = cut_photos.encode_mask(numpy.asarray(mask))\n"
        "photo = Image.new('RGB', (60, 40))\n"
        "assert cut_photos.cut_by_mask(photo, data, 32).outcome == 'cut'\n"
        "sys.keep = cut_photos\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Exception ignored" not in done.stderr
