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
def photo(restyler, design_request):
    """Something that the generator can draw, for which w is known."""
    w = restyler.designer.random(1, [77, 0])
    return restyler.designer.draw(w, design_request).images[0].numpy()


@pytest.fixture(scope="module")
def nearest(restyler, photo, design_request):
    """The w nearest to the photo, and its distance."""
    # Coverage does not count lines that AutoGraph converts.
    return tf.function(restyler.nearest, autograph=False)(photo, design_request)


def test_a_photo_that_can_be_drawn_is_found(
    restyler, photo, nearest, design_request
):
    w, distance = nearest
    result = restyler.designer.draw(w, design_request).images[0].numpy()
    starts = restyler.designer.draw(
        restyler.designer.random(8, [3, 0]), design_request
    ).images
    before = np.abs(starts - photo).mean(axis=(1, 2, 3)).min()
    assert np.abs(result - photo).mean() < 0.3 * before
    assert float(distance) < 0.1


def test_the_distance_is_l1_and_the_cosine_of_phi(
    restyler, photo, nearest, design_request
):
    w, distance = nearest
    result = restyler.designer.draw(w, design_request).images.numpy()
    a, b = restyler.designer.preference.embed_many(np.stack([result[0], photo]))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    expected = np.abs(result[0] - photo).mean() + 1 - cosine
    assert float(distance) == pytest.approx(expected, abs=1e-4)


def test_the_path_starts_at_the_photo_and_goes_up(
    restyler, photo, nearest, design_request
):
    restyle = tf.function(restyler.restyle, autograph=False)
    result = restyle(photo, design_request, np.float32(1.0))
    preferences = result.path.preferences.numpy()
    assert len(preferences) == 5
    assert np.all(np.diff(preferences) > 0)
    assert preferences[0] == pytest.approx(
        float(result.photo_preference), abs=0.2
    )
    w, _ = nearest
    assert result.path.w[:1].numpy() == pytest.approx(w.numpy(), abs=1e-4)


def test_strength_is_how_far_the_way_is_gone(restyler, photo, design_request):
    whole, half, none = (
        restyler.restyle_in_graph(
            photo, design_request, np.float32(strength)
        ).path
        for strength in (1.0, 0.5, 0.0)
    )
    assert half.w[-1].numpy() == pytest.approx(whole.w[2].numpy(), abs=1e-4)
    assert np.allclose(none.images, none.images[:1], atol=1e-5)
    assert none.preferences[-1] < half.preferences[-1] < whole.preferences[-1]
