"""The signature `recolor`, beside the composition in NumPy and TensorFlow."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.segmentation.cut_out import TOO_LARGE
from atelier.segmentation.cut_out import TOO_SMALL
from atelier.segmentation.cut_out import TORN
from atelier.segmentation.garment_cutter import GarmentCutter
from export.servables.id_lookup import IdLookup
from export.servables.recolor_signature import MAX_SIDE
from export.servables.recolor_signature import RecolorServable
from export.servables.recolor_signature import _explain
from export.servables.user_table import UserTable
from trainer.design.composed_search import plain_cloth
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.color_name import color_name
from trainer.models.composition.color_name import from_hex
from trainer.models.composition.color_name import to_hex
from trainer.models.composition.compose import compose
from trainer.models.composition.recolor import photo_cut
from trainer.models.composition.recolor import put_into_cloth

SIZE = 32
ITEMS = ["шапка", "blue", "red", "green", "stripes"]
USERS = ["likes blue", "likes red"]
STRIPES = np.repeat(np.float32([[[70, 0, 0]], [[20, 0, 0]]] * 16), SIZE, axis=1)
CLOTHS = [
    (1, plain_cloth(np.array([40, 10, -50], np.float32))),
    (2, plain_cloth(np.array([45, 60, 40], np.float32))),
    (4, Cloth(STRIPES, np.array([45, 0, 0], np.float32))),
]


@pytest.fixture(scope="module", autouse=True)
def saliency(corner_saliency):
    with corner_saliency():
        yield


@pytest.fixture(scope="module")
def preference():
    """Embeddings are the mean colors of an image."""
    mean = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1.0),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    return Preference([Tower(mean, SIZE)], SIZE)


@pytest.fixture(scope="module")
def recolor(preference):
    """Returns recolor(users, files, cloths, strengths): the outputs."""
    users = UserTable(USERS, np.float32([[-1, -1, 2], [2, -1, -1]]))
    servable = RecolorServable(
        CLOTHS,
        np.zeros((len(CLOTHS), 3), np.float32),
        preference,
        users,
        IdLookup(ITEMS, "items"),
        GarmentCutter(),
    )
    (function,) = servable.signatures().values()

    def ask(users, files, cloths, strengths):
        found = function(
            user_id=tf.constant(users, tf.string),
            image_bytes=tf.constant(files, tf.string),
            cloth_item_id=tf.constant(cloths, tf.string),
            strength=tf.constant(strengths, tf.float32),
        )
        return {name: values.numpy() for name, values in found.items()}

    # The variables live as long as the servable.
    ask.servable = servable
    return ask


def png(pixels) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


def pixels_of(file: bytes) -> np.ndarray:
    return tf.io.decode_png(file, 3).numpy()


@pytest.fixture(scope="module")
def photo():
    """A green sweater with a seam on a gray floor, RGB [100, 70, 3]."""
    image = np.full((100, 70, 3), 190, np.uint8)
    image[20:80, 15:55] = [40, 130, 60]
    image[20:45, 7:63] = [40, 130, 60]
    image[20:80, 34:36] = [25, 85, 38]
    return image


@pytest.fixture(scope="module")
def flat():
    """A photo of nothing."""
    return png(np.full((60, 60, 3), 190, np.uint8))


@pytest.fixture(scope="module")
def found(recolor, photo):
    """The photo in red and in stripes, at strengths of 0, .25 and 1."""
    strengths = [0.0, 0.25, 1.0] * 2
    cloths = ["red"] * 3 + ["stripes"] * 3
    return recolor(
        ["likes red", "likes blue"] * 3, [png(photo)] * 6, cloths, strengths
    )


def test_a_strength_of_0_returns_the_photo(found, photo):
    for row in (0, 3):
        np.testing.assert_array_equal(
            pixels_of(found["image_bytes"][row]), photo
        )
        before, after = found["preference_before"], found["preference_after"]
        assert after[row] == pytest.approx(before[row], abs=1e-5)


def test_the_whole_cloth_is_that_of_the_composition(found, photo, preference):
    mask, reason = GarmentCutter().mask(tf.constant(photo))
    assert reason == ""
    assert mask[30:75, 20:50].numpy().all()
    cut = photo_cut(photo, mask, SIZE)
    for row, (_, cloth), theta in ((2, CLOTHS[1], [2, -1, -1]),
                                   (5, CLOTHS[2], [-1, -1, 2])):  # fmt: skip
        expected = put_into_cloth(
            photo, mask, cut.color[0, 0], cloth.lab, MAX_SIDE
        )
        image = pixels_of(found["image_bytes"][row])
        assert np.abs(image - expected).max() <= 1
        images = np.stack([compose(cut, lab) for lab in (cut.color, cloth.lab)])
        scores = preference.embed_many(images) @ np.float32(theta)
        np.testing.assert_allclose(
            [found["preference_before"][row], found["preference_after"][row]],
            scores,
            atol=1e-3,
        )


def test_a_color_between_has_its_code_and_name(found):
    assert found["color"][2].decode() == to_hex(CLOTHS[1][1].color)
    assert found["color_name"][2].decode() == color_name(CLOTHS[1][1].color)
    own, half, whole = (
        from_hex(found["color"][row].decode()) for row in range(3)
    )
    np.testing.assert_allclose(half, (own + whole) / 2, atol=1.5)


def test_the_cloth_is_named(found):
    assert found["cloth_item_id"].tolist() == [b"red"] * 3 + [b"stripes"] * 3
    assert found["known_user"].all()
    assert not any(found["error"])


def test_a_user_gets_the_favorite_cloth(recolor, photo, found):
    favorites = recolor(USERS, [png(photo)] * 2, ["", ""], [1.0, 1.0])
    assert favorites["cloth_item_id"].tolist() == [b"blue", b"red"]
    # Rows have nothing to do with each other.
    assert favorites["image_bytes"][1] == found["image_bytes"][2]


def test_a_plain_cloth_of_the_own_color_is_no_favorite(recolor, photo):
    red = photo.copy()
    red[photo[..., 1] > 1.5 * photo[..., 0]] = [185, 42, 48]
    favorite = recolor(["likes red"], [png(red)], [""], [1.0])
    assert favorite["cloth_item_id"].tolist() == [b"stripes"]


def test_an_unknown_user_gets_an_answer(recolor, photo):
    outputs = recolor(["eve"], [png(photo)], ["blue"], [1.0])
    assert outputs["known_user"].tolist() == [False]
    assert outputs["error"].tolist() == [b""]


def test_a_large_photo_is_scaled_down(recolor, photo):
    large = np.asarray(Image.fromarray(photo).resize((490, 700)))
    outputs = recolor(["eve"], [png(large)], ["blue"], [0.0])
    assert pixels_of(outputs["image_bytes"][0]).shape == (512, 358, 3)


def test_a_row_that_cannot_be_recolored_says_why(recolor, photo, flat):
    good = png(photo)
    tiny = png(photo[:1, :1])
    line = png(np.full((1, 2000, 3), 99, np.uint8))
    files = [good, b"no photo", good[:-20], good, good, flat, tiny, line, good]
    outputs = recolor(
        ["likes red"] * 9,
        files,
        ["red"] * 3 + ["kite", "green"] + ["red"] * 4,
        [np.nan] + [1.0] * 7 + [0.5],
    )
    stands_out = (
        "No garment stands out from the background; use a photo of one garment "
        "on a plain background."
    )
    no_cloth = (
        "The designer has no cloth of an item {}; send an empty cloth_item_id "
        "for the cloth that the user likes most."
    )
    errors = [error.decode() for error in outputs["error"]]
    assert errors[:5] == [
        "strength must be from 0 to 1, got nan.",
        "The bytes that were sent are neither JPEG nor PNG.",
        "The photo is broken or cut off: it cannot be decoded.",
        no_cloth.format("kite"),
        no_cloth.format("green"),
    ]
    for error in errors[5:8]:
        assert error == stands_out or error.startswith("The garment cannot be")
    assert errors[8] == ""
    answered = [bool(file) for file in outputs["image_bytes"]]
    assert answered == [False] * 8 + [True]
    assert not any(outputs["cloth_item_id"][:8])


def test_each_reason_to_keep_a_photo_has_its_sentence():
    sentences = _explain(tf.constant(["", TORN, TOO_SMALL, TOO_LARGE]))
    assert [text.decode().partition(";")[0] for text in sentences.numpy()] == [
        "",
        "The garment cannot be told from the background",
        *["No garment stands out from the background"] * 2,
    ]


def test_an_empty_batch_has_an_empty_answer(recolor):
    assert recolor([], [], [], [])["image_bytes"].tolist() == []
