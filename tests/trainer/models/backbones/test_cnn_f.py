import keras
import numpy as np
import pytest

from trainer.models.backbones.cnn_f import cnn_f


@pytest.fixture(scope="module")
def paper():
    keras.utils.set_random_seed(0)
    return cnn_f(224)


@pytest.mark.parametrize(
    ("layer", "shape", "parameters"),
    [
        ("conv1", (56, 56, 64), 23_296),
        ("pool1", (28, 28, 64), 0),
        ("conv2", (28, 28, 256), 409_856),
        ("pool2", (14, 14, 256), 0),
        ("conv3", (14, 14, 256), 590_080),
        ("conv4", (14, 14, 256), 590_080),
        ("conv5", (14, 14, 256), 590_080),
        ("pool5", (7, 7, 256), 0),
        ("fc6", (4096,), 51_384_320),
        ("fc7", (4096,), 16_781_312),
        ("dropout7", (4096,), 0),
    ],
)
def test_layer_by_layer(paper, layer, shape, parameters):
    result = paper.get_layer(layer)
    assert result.output.shape[1:] == shape
    assert result.count_params() == parameters


def test_all_but_the_projection_of_the_released_code(paper):
    assert paper.count_params() == 70_778_724 - (4096 * 100 + 100)
    assert paper.output is paper.get_layer("dropout7").output


def test_starts_glorot_uniform_with_zero_biases(paper):
    kernel, bias = paper.get_layer("fc7").get_weights()
    limit = np.sqrt(6 / (4096 + 4096))
    assert np.abs(kernel).max() <= limit
    np.testing.assert_allclose(kernel.std(), limit / np.sqrt(3), rtol=1e-2)
    assert not bias.any()


def test_dropout_draws_anew_for_each_photo_and_is_off_in_inference():
    model = cnn_f(32)
    photos = np.ones((2, 32, 32, 3), np.float32)
    trained = keras.ops.convert_to_numpy(model(photos, training=True))
    assert not np.allclose(trained[0], trained[1])
    served = keras.ops.convert_to_numpy(model(photos, training=False))
    np.testing.assert_allclose(served[0], served[1], atol=1e-6)
