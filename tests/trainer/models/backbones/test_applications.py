import keras
import numpy as np
import pytest
from keras import layers

from atelier.io.errors import UserError
from trainer.models.backbones import applications
from trainer.models.backbones import build_backbone

SIZE = 32
# One takes pixels as they are, the other wants them in [-1, 1].
NETWORKS = {
    "MobileNetV3Small": keras.applications.mobilenet_v3.preprocess_input,
    "MobileNet": keras.applications.mobilenet.preprocess_input,
}


def random_network(name, **kwargs):
    """A network whose batch normalisation has statistics of its own."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(2)
    network = getattr(keras.applications, name)(weights=None, **kwargs)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            shape = layer.gamma.shape
            layer.set_weights([rng.uniform(0.5, 1.5, shape) for _ in range(4)])
    return network


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        # `.weights.h5` is read in the test of the classes below.
        pytest.param("MobileNetV3Small", ".keras", marks=pytest.mark.slow),
        ("MobileNet", ".h5"),
    ],
)
def test_features_are_those_of_the_saved_network(name, suffix, tmp_path):
    network = random_network(
        name, include_top=False, pooling="avg", input_shape=(SIZE, SIZE, 3)
    )
    path = str(tmp_path / f"saved{suffix}")
    save = network.save_weights if suffix == ".weights.h5" else network.save
    save(path)
    pixels = np.random.default_rng(3).integers(0, 256, (2, SIZE, SIZE, 3))
    expected = network(
        NETWORKS[name](pixels.astype(np.float32)), training=False
    )

    backbone = build_backbone(f"keras.applications.{name}", SIZE, path)

    # In training too: batch statistics stay those of the file.
    norms = [
        layer
        for layer in backbone.layers
        if isinstance(layer, layers.BatchNormalization)
    ]
    assert norms
    assert not any(layer.trainable for layer in norms)
    photos = (pixels / 127.5 - 1).astype(np.float32)
    np.testing.assert_allclose(
        backbone(photos, training=False), expected, rtol=1e-3, atol=1e-4
    )


def test_classes_in_the_file_are_left_out(tmp_path):
    name = "MobileNet"
    network = random_network(name)
    network.save_weights(tmp_path / "classes.weights.h5")

    backbone = build_backbone(name, SIZE, str(tmp_path / "classes.weights.h5"))

    weights = network.get_weights()
    assert len(weights) > len(backbone.get_weights()) > 100
    for ours, saved in zip(backbone.get_weights(), weights, strict=False):
        np.testing.assert_array_equal(ours, saved)


def test_weights_of_another_network_are_one_sentence(tmp_path):
    path = str(tmp_path / "another.weights.h5")
    keras.Sequential([keras.Input((3,)), layers.Dense(2)]).save_weights(path)
    with pytest.raises(
        UserError, match="does not hold the weights of MobileNet, with"
    ) as error:
        build_backbone("MobileNet", SIZE, path)
    assert path in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_sentence():
    with pytest.raises(UserError, match="there is no file nowhere.keras"):
        build_backbone("MobileNet", SIZE, "nowhere.keras")


def test_photos_too_small_for_a_network_are_one_sentence():
    with pytest.raises(
        UserError, match="InceptionV3 does not support images of 32 pixels"
    ):
        build_backbone("InceptionV3", SIZE)


def test_a_fresh_network_learns_its_own_statistics():
    backbone = build_backbone("MobileNet", SIZE)
    assert all(layer.trainable for layer in backbone.layers)


def test_efficientnet_divides_by_the_deviation():
    pixels = np.random.default_rng(4).uniform(0, 255, (2, 5, 5, 3))
    pixels = pixels.astype(np.float32)
    mean = np.array([0.485, 0.456, 0.406])
    deviation = np.array([0.229, 0.224, 0.225])

    given = np.array(applications._as_efficientnet_was_trained(pixels))

    # What the first layers of the network make of it.
    normalised = (given / 255 - mean) / np.sqrt(deviation)
    np.testing.assert_allclose(
        normalised, (pixels / 255 - mean) / deviation, rtol=1e-4, atol=1e-5
    )
