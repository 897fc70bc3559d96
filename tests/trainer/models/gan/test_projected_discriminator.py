import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.gan.projected_discriminator import ProjectedDiscriminator


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(0)
    return ProjectedDiscriminator(3, 16, width=4)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (4, 16, 16, 3)).astype(np.float32)


def test_four_maps_are_judged_place_by_place(discriminator, images):
    look = discriminator.look(images)
    assert [one.shape for one in look] == [
        (4, 16, 16, 4),
        (4, 8, 8, 4),
        (4, 4, 4, 4),
        (4, 2, 2, 4),
    ]
    category = np.array([0, 1, 2, 0])
    scores = discriminator.scores(look, category)
    assert scores.shape == (4, 3 * 16 + 4)
    np.testing.assert_allclose(
        discriminator(images, category), np.mean(scores, axis=1), atol=1e-6
    )


@pytest.mark.parametrize(
    ("image_size", "side"), [(16, 64), (32, 64), (64, 128), (256, 128)]
)
def test_the_network_sees_twice_the_side_within_limits(image_size, side):
    built = ProjectedDiscriminator(3, image_size, width=4)
    assert built.network.outputs[0].shape[1] == side // 4


def test_only_the_heads_are_trained(discriminator):
    trained = {id(one) for one in discriminator.trainable_variables}
    heads = {
        id(one)
        for head in discriminator.heads
        for one in head.trainable_variables
    }
    assert trained == heads
    # The network from ImageNet brings its statistics, the heads their norms.
    assert len(discriminator.non_trainable_variables) > 100


def test_the_category_matters_and_images_have_gradients(discriminator, images):
    one, other = (
        np.asarray(discriminator(images, np.full(4, category)))
        for category in (0, 1)
    )
    assert np.abs(one - other).min() > 1e-4
    with tf.GradientTape() as tape:
        tape.watch(variable := tf.constant(images))
        score = tf.reduce_sum(discriminator(variable, np.zeros(4, int)))
    gradient = tape.gradient(score, variable).numpy()
    assert np.abs(gradient).max(axis=(1, 2, 3)).min() > 0


def test_coarse_maps_join_finer_ones(discriminator, images):
    """A mix of the coarsest map alone changes all that is judged."""
    before = [np.asarray(one) for one in discriminator.look(images)]
    mix = discriminator.mixes[-1]
    kept = mix.get_weights()
    mix.set_weights([2 * one for one in kept])
    after = [np.asarray(one) for one in discriminator.look(images)]
    mix.set_weights(kept)
    for one, other in zip(before, after, strict=True):
        assert np.abs(one - other).max() > 1e-3
