import io

import numpy as np
import pytest
from PIL import Image

from atelier.io.errors import UserError
from trainer.design.image_file import read_photo

RED = (255, 0, 0)


@pytest.mark.parametrize(
    ("resize", "corner"), [("pad", [1, 1, 1]), ("crop", [1, -1, -1])]
)
def test_a_photo_becomes_the_square_that_prepare_makes(
    tmp_path, resize, corner
):
    Image.new("RGB", (10, 40), RED).save(tmp_path / "tall.png")
    result = read_photo(str(tmp_path / "tall.png"), 8, resize)
    assert result.shape == (8, 8, 3)
    assert result.dtype == np.float32
    assert result[4, 4] == pytest.approx([1, -1, -1])
    assert result[4, 0] == pytest.approx(corner)


def test_transparent_parts_are_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    result = read_photo(str(tmp_path / "clear.png"), 8, "pad")
    assert result == pytest.approx(np.ones((8, 8, 3)))


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    photo = Image.new("RGB", (8, 8), "white")
    photo.paste(RED, (0, 0, 8, 4))
    exif = Image.Exif()
    exif[0x0112] = 3  # Upside down.
    photo.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    result = read_photo(str(tmp_path / "turned.jpg"), 8, "pad")
    assert result[7, 4, 1] < -0.8
    assert result[0, 4, 1] > 0.8


def test_a_garment_is_cut_out_as_in_the_data(tmp_path, salient):
    salient(slice(80, 240), slice(100, 220))
    path = str(tmp_path / "photo.png")
    Image.new("RGB", (60, 40), RED).save(path)
    cut = read_photo(path, 32, "pad", "white")
    assert cut.dtype == np.float32
    assert cut[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(1.0)
    assert cut[16, 16] == pytest.approx([1, -1, -1])
    assert np.abs(cut - read_photo(path, 32, "pad")).mean() > 0.1


@pytest.mark.parametrize("side", [8, 9])
def test_a_prepared_image_or_one_without_a_garment_is_kept(
    tmp_path, salient, side
):
    # A whole image of 8 pixels would be a garment, if it was not prepared.
    salient(slice(0, 320 if side == 8 else 0), slice(80, 240))
    path = str(tmp_path / "plain.png")
    Image.new("RGB", (side, side), RED).save(path)
    kept = read_photo(path, 8, "pad", "white")
    assert kept == pytest.approx(read_photo(path, 8, "pad"))


def test_a_file_that_is_no_photo(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("no photo")
    with pytest.raises(UserError, match=r"text\.jpg is none of a JPEG, PNG or"):
        read_photo(str(path), 8, "pad")


def test_a_photo_that_is_cut_short(tmp_path):
    path = tmp_path / "cut.png"
    encoded = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(encoded, "PNG")
    path.write_bytes(encoded.getvalue()[:-99])
    with pytest.raises(
        UserError, match="cannot be read: .*; give a whole JPEG"
    ):
        read_photo(str(path), 8, "pad")
