"""Rows that a batch looks up, against Adam in numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.layers.embedding_table import EmbeddingTable
from trainer.training.lazy_adam import LazyAdam

RATE, BETA_1, BETA_2, EPSILON = 0.1, 0.9, 0.99, 1e-3
TABLE = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
STEPS = [[1, 4, 1], [4], [0, 4, 4, 4], [1, 0]]
"""Rows of each step; rows 2, 3 and 5 never come."""


def slices(step, rows):
    values = np.random.default_rng(step).normal(size=(len(rows), 3))
    return tf.IndexedSlices(
        tf.constant(values, tf.float32), tf.constant(rows), tf.constant([6, 3])
    )


def make(optimizer_type=LazyAdam):
    table = keras.Variable(TABLE)
    optimizer = optimizer_type(RATE, BETA_1, BETA_2, EPSILON)
    optimizer.build([table])
    return table, optimizer


def adam(steps):
    """Table and moments after steps of (row, gradient), by the formula."""
    w, m, v = TABLE.astype(float), np.zeros((6, 3)), np.zeros((6, 3))
    for t, gradients in enumerate(steps, start=1):
        rate = RATE * np.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        for row, g in gradients.items():
            m[row] = BETA_1 * m[row] + (1 - BETA_1) * g
            v[row] = BETA_2 * v[row] + (1 - BETA_2) * g**2
            w[row] -= rate * m[row] / (np.sqrt(v[row]) + EPSILON)
    return w, m, v


def test_rows_of_the_batch_follow_adam_and_the_others_keep_their_bits():
    table, optimizer = make()
    step = tf.function(lambda gradient: optimizer.apply([gradient], [table]))
    steps = []
    for index, rows in enumerate(STEPS):
        gradient = slices(index, rows)
        step(gradient)
        sums = {row: np.zeros(3) for row in rows}
        for row, value in zip(rows, gradient.values.numpy(), strict=True):
            sums[row] += value
        steps.append(sums)
    _, _, moment, velocity = optimizer.variables
    result = (table, moment, velocity)
    for values, expected in zip(result, adam(steps), strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
    idle = [2, 3, 5]
    np.testing.assert_array_equal(table.numpy()[idle], TABLE[idle])
    assert not moment.numpy()[idle].any()
    assert not velocity.numpy()[idle].any()


@pytest.mark.parametrize("is_sparse", [True, False])
def test_where_every_row_has_a_gradient_it_is_adam(is_sparse):
    (lazy, of_lazy), (dense, of_dense) = make(), make(keras.optimizers.Adam)
    for index in range(3):
        gradient = slices(index, [3, 1, 0, 2, 5, 4, 2])
        summed = tf.convert_to_tensor(gradient)
        of_lazy.apply([gradient if is_sparse else summed], [lazy])
        of_dense.apply([summed], [dense])
    np.testing.assert_allclose(lazy, dense, rtol=1e-6)


@pytest.fixture(scope="module")
def make_model():
    """Returns make_model(dtype): sums of embeddings, and their targets."""

    def make(dtype="float32"):
        keras.utils.set_random_seed(1)
        rows = keras.Input((2,), dtype="int32")
        vectors = EmbeddingTable(7, 3, dtype=dtype)(rows)
        model = keras.Model(rows, keras.ops.sum(vectors, axis=(1, 2)))
        model.compile(LazyAdam(RATE), "mse", run_eagerly=True)
        return model

    return make


def fit(model):
    rows, targets = np.array([[0, 1], [1, 1], [2, 3]]), np.array([1.0, 2, 3])
    before = model.get_weights()[0]
    model.fit(rows, targets, batch_size=3, verbose=0)
    return np.flatnonzero((before != model.get_weights()[0]).any(axis=1))


def test_a_saved_model_trains_on_with_the_same_bits(make_model, tmp_path):
    model = make_model()
    fit(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for trained in (model, loaded):
        assert fit(trained).tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(
        model.get_weights()[0], loaded.get_weights()[0]
    )


def test_a_checkpoint_holds_the_moments(tmp_path):
    (whole, of_whole), (resumed, of_resumed) = make(), make()
    of_whole.apply([slices(0, STEPS[0])], [whole])
    saved = {"table": whole.value, "optimizer": of_whole}
    path = tf.train.Checkpoint(**saved).save(str(tmp_path / "at"))
    restored = {"table": resumed.value, "optimizer": of_resumed}
    tf.train.Checkpoint(**restored).restore(path).assert_consumed()
    for table, optimizer in ((whole, of_whole), (resumed, of_resumed)):
        optimizer.apply([slices(1, STEPS[1])], [table])
    np.testing.assert_array_equal(whole, resumed)


def test_scaled_losses_of_mixed_precision_leave_other_rows_alone(make_model):
    model, reference = make_model("mixed_float16"), make_model()
    model.optimizer = keras.optimizers.LossScaleOptimizer(
        LazyAdam(RATE), initial_scale=64.0
    )
    for trained in (model, reference):
        assert fit(trained).tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(
        model.get_weights()[0], reference.get_weights()[0], rtol=1e-2
    )


@pytest.mark.parametrize("option", ["weight_decay", "clipnorm", "use_ema"])
def test_what_needs_the_whole_table_is_refused(option):
    with pytest.raises(ValueError, match=option):
        LazyAdam(**{option: 0.5})
