"""The networks of the paper's released code, pinned."""

import keras
import numpy as np
import pytest

from trainer.models.gan.paper_discriminator import PaperDiscriminator
from trainer.models.gan.paper_generator import PaperGenerator


def number(weights):
    return sum(int(np.prod(one.shape)) for one in weights)


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return PaperGenerator(6, 64, 256, 64)


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(0)
    return PaperDiscriminator(6, 64, 64)


def test_the_generator_has_the_weights_of_the_paper(generator):
    assert number(generator.trainable_weights) == 3_811_075
    # With the moving statistics of batch normalisation.
    assert number(generator.weights) == 3_814_019


def test_the_discriminator_has_the_weights_of_the_paper(discriminator):
    assert number(discriminator.trainable_weights) == 4_460_545


def test_each_map_of_the_generator(generator):
    shapes = [
        layer.output.shape[1:]
        for layer in generator.network.layers
        if isinstance(layer, keras.layers.Dense | keras.layers.Conv2DTranspose)
    ]
    assert shapes == [
        (4096,),
        (8, 8, 256),
        (8, 8, 256),
        (16, 16, 256),
        (16, 16, 256),
        (32, 32, 128),
        (64, 64, 64),
        (64, 64, 3),
    ]
    assert generator.network.inputs[0].shape == (None, 262)


def test_each_kernel_of_the_discriminator(discriminator):
    kernels = [
        one.shape
        for one in discriminator.trainable_weights
        if one.name == "kernel"
    ]
    assert kernels == [
        (5, 5, 9, 64),
        (5, 5, 70, 128),
        (5, 5, 134, 256),
        (5, 5, 262, 512),
        (8192, 1),
    ]
    strides = [block.layers[0].strides for block in discriminator.convolutions]
    assert strides == [(2, 2)] * 4


def test_initial_weights_and_norms(generator, discriminator):
    for network, norms in ((generator, 7), (discriminator, 3)):
        found = [
            layer
            for layer in network._flatten_layers()
            if isinstance(layer, keras.layers.BatchNormalization)
        ]
        assert len(found) == norms
        for norm in found:
            assert (norm.momentum, norm.epsilon) == (0.9, 1e-5)
            assert norm.scale
            assert norm.center
        for weight in network.trainable_weights:
            if weight.name == "kernel" and number([weight]) > 5000:
                values = weight.numpy()
                is_truncated = len(weight.shape) == 4 and network is (
                    discriminator
                )
                # A normal distribution cut off at two deviations keeps 88 %.
                expected = 0.02 * (0.88 if is_truncated else 1)
                assert np.std(values) == pytest.approx(expected, rel=0.03)
                assert (np.abs(values).max() <= 0.04) == is_truncated
            if weight.name == "bias":
                assert not weight.numpy().any()


def test_the_generator_ends_in_tanh_and_leaks(generator):
    layers = generator.network.layers
    assert layers[-1].activation is keras.activations.tanh
    slopes = [
        layer.negative_slope
        for layer in layers
        if isinstance(layer, keras.layers.LeakyReLU)
    ]
    assert slopes == [0.2] * 7


def test_the_category_reaches_both(generator, discriminator):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2, 256)).astype(np.float32)
    images = np.asarray(generator(z[[0, 0, 1]], np.array([0, 1, 0])))
    assert images.shape == (3, 64, 64, 3)
    assert np.abs(images).max() <= 1
    assert np.abs(images[0] - images[1]).max() > 0
    assert np.abs(images[0] - images[2]).max() > 0
    scores = np.asarray(discriminator(images[[0, 0]], np.array([0, 1])))
    assert scores.shape == (2,)
    assert scores[0] != scores[1]


def test_what_the_text_of_the_paper_says_otherwise():
    text = PaperGenerator(6, 128, 100, 64)
    assert text.network.outputs[0].shape == (None, 128, 128, 3)
    assert text.network.inputs[0].shape == (None, 106)
    # The hidden layer with its norm, in the place of 8192 weights.
    hidden = PaperDiscriminator(6, 64, 64, hidden_units=1024)
    assert number(hidden.trainable_weights) == (
        4_460_545 - 8192 + 8192 * 1024 + 1024 + 2 * 1024 + 1024
    )
    larger = PaperDiscriminator(6, 128, 64)
    assert len(larger.convolutions) == 5
    images = np.zeros((1, 128, 128, 3), np.float32)
    assert larger(images, np.array([0])).shape == (1,)
