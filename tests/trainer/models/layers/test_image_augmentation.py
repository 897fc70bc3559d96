import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.layers.image_augmentation import Augmentation
from trainer.models.layers.image_augmentation import move
from trainer.models.layers.image_augmentation import recolor

SIZE = 8


@pytest.fixture
def photos():
    rng = np.random.default_rng(1)
    return rng.integers(0, 255, (3, SIZE, SIZE, 3)).astype(np.uint8)


def moved(photos, mirrored=False, zoom=1.0, shift=(0.0, 0.0)):
    num_images = len(photos)
    return np.array(
        move(
            photos,
            np.full(num_images, mirrored),
            np.full(num_images, zoom, np.float32),
            np.full((num_images, 2), shift, np.float32),
        )
    )


def recolored(photos, ink=1.0, saturation=1.0):
    photos = keras.ops.convert_to_tensor(photos, "float32")
    num_images = len(photos)
    return np.array(
        recolor(
            photos,
            np.full(num_images, ink, np.float32),
            np.full(num_images, saturation, np.float32),
        )
    )


def test_nothing_to_change_changes_nothing(photos):
    np.testing.assert_array_equal(moved(photos), photos)
    np.testing.assert_allclose(recolored(photos), photos, atol=1e-3)


def test_a_mirror_swaps_left_and_right(photos):
    np.testing.assert_array_equal(moved(photos, True), photos[:, :, ::-1])


def test_a_shift_fills_with_white(photos):
    result = moved(photos, shift=(2 / SIZE, -1 / SIZE))
    np.testing.assert_array_equal(result[:, 2:, :-1], photos[:, :-2, 1:])
    assert (result[:, :2] == 255).all()
    assert (result[:, :, -1] == 255).all()


def test_a_mirrored_photo_shifts_to_the_same_side(photos):
    result = moved(photos, True, shift=(0, 3 / SIZE))
    np.testing.assert_array_equal(result[:, :, 3:], photos[:, :, :2:-1])
    assert (result[:, :, :3] == 255).all()


def test_zoom_is_about_the_middle(photos):
    middle = photos[:, 2:6, 2:6]
    np.testing.assert_array_equal(
        moved(photos, zoom=2.0), middle.repeat(2, axis=1).repeat(2, axis=2)
    )
    shrunk = moved(photos, zoom=0.5)
    assert (shrunk[:, :2] == 255).all()
    assert (shrunk[:, :, 6:] == 255).all()
    assert (shrunk[:, 2:6, 2:6] != 255).all()


def test_ink_scales_the_distance_from_white(photos):
    result = recolored(photos, ink=0.5)
    np.testing.assert_allclose(255 - result, (255 - photos) / 2.0, atol=1e-3)
    darker = recolored(photos, ink=1.4)
    assert darker.min() == 0
    assert (darker <= photos + 1e-3).all()


def test_saturation_keeps_luminance(photos):
    weights = np.array([0.299, 0.587, 0.114])
    grey = recolored(photos, saturation=0.0)
    np.testing.assert_allclose(
        grey, np.repeat((photos @ weights)[..., None], 3, axis=-1), atol=1e-2
    )
    half = recolored(photos, saturation=0.5)
    np.testing.assert_allclose(half, (grey + photos) / 2, atol=1e-2)


def test_white_stays_white():
    white = np.full((2, SIZE, SIZE, 3), 255, np.uint8)
    layer = Augmentation(1.0)
    for _ in range(5):
        np.testing.assert_array_equal(layer(white, training=True), white)


@pytest.mark.parametrize(
    ("strength", "training"), [(1.0, False), (0.0, True), (0.0, False)]
)
def test_photos_are_left_alone_outside_of_training(photos, strength, training):
    result = Augmentation(strength)(photos, training=training)
    assert result.dtype == "float32"
    np.testing.assert_array_equal(result, photos)


def test_each_photo_has_a_draw_of_its_own_and_each_call_too(photos):
    layer = Augmentation(1.0)
    same = np.repeat(photos[:1], 20, axis=0)
    first = np.array(layer(same, training=True))
    assert len(np.unique(first.reshape(20, -1), axis=0)) == 20
    assert not np.array_equal(first, layer(same, training=True))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_seed_decides_in_a_graph_too(photos, dtype):
    def drawn():
        keras.utils.set_random_seed(5)
        layer = Augmentation(0.5)
        graph = tf.function(
            lambda photos: layer(photos, training=True),
            input_signature=[tf.TensorSpec([None, SIZE, SIZE, 3], dtype)],
        )
        return [graph(photos.astype(dtype)).numpy() for _ in range(2)]

    first, second = drawn(), drawn()
    np.testing.assert_array_equal(first, second)
    assert first[0].dtype == np.float32
    assert first[0].min() >= 0
    assert first[0].max() <= 255


def test_it_stands_at_the_head_of_a_model():
    model = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3), dtype="uint8"), Augmentation(1.0)]
    )
    assert model.output_shape == (None, SIZE, SIZE, 3)
    states = [variable.path for variable in model.non_trainable_variables]
    assert any("seed_generator" in path for path in states)
