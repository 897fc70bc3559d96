import numpy as np
import pytest
import tensorflow as tf

from trainer.design.design_request import DesignRequest
from trainer.design.discriminator_scale import RealismScale
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.run_search import search


def some(designer, seed):
    """A random w for each start."""
    return designer.random(designer.search.num_starts, [seed, 0])


def gradient(designer, w, design_request, step=0):
    w = tf.constant(w)
    with tf.GradientTape() as tape:
        tape.watch(w)
        total = tf.reduce_sum(designer.objective(w, design_request, step))
    return tape.gradient(total, w).numpy()


@pytest.mark.parametrize("realism", [0.0, 1.0, 30.0])
def test_the_gradient_is_that_of_finite_differences(
    make_designer, design_request, realism
):
    designer = make_designer(realism=realism)
    w = some(designer, 7).numpy()[:2]
    result = gradient(designer, w, design_request, step=4)
    size = 1e-2
    for row in range(2):
        for place in range(w.shape[1]):
            up, down = w.copy(), w.copy()
            up[row, place] += size
            down[row, place] -= size
            values = [
                designer.objective(shifted, design_request, 4).numpy()[row]
                for shifted in (up, down)
            ]
            slope = (values[0] - values[1]) / (2 * size)
            assert result[row, place] == pytest.approx(
                slope, rel=0.02, abs=5e-3
            )
    assert np.abs(result).max() > 0.05


def test_the_objective_is_preference_less_lack_of_realism(
    make_designer, design_request, monkeypatch
):
    monkeypatch.setattr("trainer.design.random_shift.REACH", 0.0)
    designer = make_designer(realism=2.5)
    w = some(designer, 0)
    made = designer.draw(w, design_request)
    lack = np.minimum(made.realism, 0.0) ** 2
    assert 0 < np.count_nonzero(lack) < len(lack)
    expected = made.preferences / design_request.spread - 2.5 * lack
    assert designer.objective(w, design_request, 0).numpy() == pytest.approx(
        expected.numpy(), rel=1e-5
    )


def test_a_design_is_what_it_is_drawn_from(
    make_designer, design_request, item_tower
):
    designer = make_designer()
    made = designer.draw(some(designer, 1), design_request)
    z = 2.0 * np.tanh(made.w)
    images = designer.generator(z, np.full(6, 1)).numpy()
    assert made.images.numpy() == pytest.approx(images, abs=1e-5)
    photos = (images + 1) * 127.5
    scores = item_tower(photos).numpy() @ design_request.user_vector
    assert made.preferences.numpy() == pytest.approx(scores, abs=1e-4)
    assert made.realism.numpy() == pytest.approx(
        0.2 - (images**2).mean(axis=(1, 2, 3)), abs=1e-5
    )


def test_every_start_ends_higher(make_designer, design_request):
    designer = make_designer(realism=0.0)
    starts = some(designer, 5)
    before = designer.draw(starts, design_request).preferences
    after = designer.maximize(starts, design_request, 15).preferences
    assert np.all(after.numpy() > before.numpy())


def test_a_dear_realism_is_kept(make_designer, design_request):
    starts = some(make_designer(), 2)
    realism = [
        tf.function(make_designer(realism=eta, learning_rate=0.05).maximize)(
            starts, design_request, 40
        ).realism.numpy()
        for eta in (0.0, 50.0)
    ]
    assert realism[0].min() < -0.05
    assert realism[1].min() > 0.5 * realism[0].min()


def test_z_stays_within_its_bound(make_designer, design_request):
    designer = make_designer(realism=0.0, learning_rate=1.0)
    reached = designer.maximize(some(designer, 0), design_request, 10).w
    assert np.abs(reached).max() > 2
    assert np.abs(designer.bound * np.tanh(reached)).max() <= 2.0


def test_the_seed_decides_the_starts(make_designer, design_request):
    designer = make_designer()
    numbers = np.arange(2, dtype=np.int32)
    first, same, other = (
        designer.starts(
            numbers, design_request._replace(seed=np.int64(seed))
        ).numpy()
        for seed in (5, 5, 6)
    )
    assert np.array_equal(first, same)
    assert not np.any(first == other)
    assert not np.any(first[0] == first[1])


def test_a_start_is_the_best_of_its_draws(make_designer, design_request):
    designer = make_designer(candidates_per_start=9, realism=2.0)
    result = designer.starts(np.array([4, 1], np.int32), design_request).numpy()
    for w, index in zip(result, (4, 1), strict=True):
        draws = designer.random(9, [3, index])
        made = designer.draw(draws, design_request)
        worth = (
            made.preferences / design_request.spread
            - 2.0 * np.minimum(made.realism, 0.0) ** 2
        )
        assert w == pytest.approx(draws[np.argmax(worth)].numpy(), abs=1e-5)


def test_without_steps_the_starts_are_what_is_found(
    make_designer, design_request
):
    designer = make_designer(steps=0)
    numbers = np.arange(3, dtype=np.int32)
    result = designer.find(numbers, design_request)
    assert np.array_equal(result.w, designer.starts(numbers, design_request))


def test_draws_are_like_those_of_training(make_designer):
    designer = make_designer()
    z = designer.bound * np.tanh(designer.random(20_000, [0, 0]))
    assert z.mean() == pytest.approx(0, abs=0.02)
    assert 0.7 < z.std() < 1.0


def test_a_search_in_parts_is_that_of_all_at_once(
    make_designer, design_request, eagerly
):
    designer = make_designer(num_starts=11, steps=3)
    result = search(designer, design_request, "drawing")
    whole = designer.find(np.arange(11, dtype=np.int32), design_request)
    for ours, theirs in zip(result, whole, strict=True):
        assert ours == pytest.approx(theirs.numpy(), abs=1e-4)
    assert len(result.images) == 11


def test_many_requests_end_as_each_does_alone(make_designer, design_request):
    designer = make_designer()
    starts = some(designer, 0)[:2]
    other = design_request._replace(
        user_vector=-design_request.user_vector,
        category=np.int32(0),
        spread=np.float32(2.0),
        scale=RealismScale(np.float32(0.5), np.float32(3.0)),
    )
    both = DesignRequest(
        np.stack([design_request.user_vector, other.user_vector]),
        np.array([design_request.category, other.category]),
        np.array([design_request.spread, other.spread]),
        RealismScale(
            *(
                np.array(single)
                for single in zip(
                    design_request.scale, other.scale, strict=True
                )
            )
        ),
        design_request.seed,
    )
    together = designer.maximize(starts, both, 3)
    for row, single in enumerate((design_request, other)):
        alone = designer.maximize(starts[row : row + 1], single, 3)
        for ours, theirs in zip(together, alone, strict=True):
            assert ours[row].numpy() == pytest.approx(
                theirs[0].numpy(), abs=1e-4
            )


def test_requests_of_several_users_share_a_graph(make_designer, design_request):
    designer = make_designer(num_starts=2, steps=2)
    for seed, sign in ((1, 1), (2, -1)):
        request = design_request._replace(
            user_vector=sign * design_request.user_vector,
            category=np.int32(seed - 1),
            spread=np.float32(seed),
            seed=np.int64(seed),
        )
        search(designer, request, "drawing")
    assert designer.find_in_graph.experimental_get_tracing_count() == 1


def test_a_saved_model_answers_the_same_without_our_code(
    make_designer, design_request, tmp_path
):
    designer = make_designer(num_starts=3, steps=4)

    class Servable(tf.Module):
        def __init__(self, designer: LatentOptimizer):
            super().__init__()
            self.designer = designer
            self.variables_of_keras = [
                one.value
                for tower in designer.preference.towers
                for one in tower.network.variables
            ]

        @tf.function(
            input_signature=[
                tf.TensorSpec([3], tf.float32),
                tf.TensorSpec([], tf.int64),
            ]
        )
        def design(self, user_vector, seed):
            request = design_request._replace(
                user_vector=user_vector, seed=seed
            )
            made = self.designer.find(tf.range(3), request)
            return {"images": made.images, "preferences": made.preferences}

    servable = Servable(designer)
    tf.saved_model.save(servable, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    answers = [
        one.design(
            tf.constant(design_request.user_vector), tf.constant(9, tf.int64)
        )
        for one in (servable, loaded)
    ]
    assert answers[0]["images"].shape == (3, 16, 16, 3)
    for name in ("images", "preferences"):
        assert np.allclose(*(answer[name] for answer in answers), atol=1e-5)
