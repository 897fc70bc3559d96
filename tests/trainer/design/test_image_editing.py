import numpy as np
import pytest
import tensorflow as tf

from trainer.design.image_editing import ImageEditor


@pytest.fixture(scope="module")
def restyler(make_designer):
    return ImageEditor(
        make_designer(num_starts=8, realism=0.0),
        steps=120,
        preference_steps=20,
        frames=5,
    )


@pytest.fixture(scope="module")
def photo(restyler, wish):
    """Something that the generator can draw, for which w is known."""
    w = restyler.designer.random(1, [77, 0])
    return restyler.designer.draw(w, wish).images[0].numpy()


@pytest.fixture(scope="module")
def nearest(restyler, photo, wish):
    """The w nearest to the photo, and its distance."""
    # Coverage does not count lines that AutoGraph converts.
    return tf.function(restyler.nearest, autograph=False)(photo, wish)


def test_a_photo_that_can_be_drawn_is_found(restyler, photo, nearest, wish):
    w, distance = nearest
    found = restyler.designer.draw(w, wish).images[0].numpy()
    starts = restyler.designer.draw(
        restyler.designer.random(8, [3, 0]), wish
    ).images
    before = np.abs(starts - photo).mean(axis=(1, 2, 3)).min()
    assert np.abs(found - photo).mean() < 0.3 * before
    assert float(distance) < 0.1


def test_the_distance_is_l1_and_the_cosine_of_phi(
    restyler, photo, nearest, wish
):
    w, distance = nearest
    found = restyler.designer.draw(w, wish).images.numpy()
    a, b = restyler.designer.preference.embed_many(np.stack([found[0], photo]))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    expected = np.abs(found[0] - photo).mean() + 1 - cosine
    assert float(distance) == pytest.approx(expected, abs=1e-4)


def test_the_path_starts_at_the_photo_and_goes_up(
    restyler, photo, nearest, wish
):
    restyle = tf.function(restyler.restyle, autograph=False)
    found = restyle(photo, wish, np.float32(1.0))
    preferences = found.path.preferences.numpy()
    assert len(preferences) == 5
    assert np.all(np.diff(preferences) > 0)
    assert preferences[0] == pytest.approx(
        float(found.photo_preference), abs=0.2
    )
    w, _ = nearest
    assert found.path.w[:1].numpy() == pytest.approx(w.numpy(), abs=1e-4)


def test_strength_is_how_far_the_way_is_gone(restyler, photo, wish):
    whole, half, none = (
        restyler.restyle_in_graph(photo, wish, np.float32(strength)).path
        for strength in (1.0, 0.5, 0.0)
    )
    assert half.w[-1].numpy() == pytest.approx(whole.w[2].numpy(), abs=1e-4)
    assert np.allclose(none.images, none.images[:1], atol=1e-5)
    assert none.preferences[-1] < half.preferences[-1] < whole.preferences[-1]
