"""Gradients that are too large, against the formula."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.training.gradient_clipping import clip

GRADIENTS = [
    np.array([[3.0, -1.0], [0.5, 2.0]], np.float32),
    np.array([-4.0], np.float32),
]
NORM = np.sqrt(sum((one**2).sum() for one in GRADIENTS))


@pytest.mark.parametrize("norm", [0.1, 5.0, NORM, 6.0, 1e6])
def test_the_norm_of_all_together_is_bounded(norm):
    for result, given in zip(_clip(GRADIENTS, norm), GRADIENTS, strict=True):
        np.testing.assert_allclose(
            result, given * min(1, norm / NORM), rtol=1e-6
        )


def test_none_leaves_gradients_as_they_are():
    for result, given in zip(_clip(GRADIENTS, 0.0), GRADIENTS, strict=True):
        np.testing.assert_array_equal(result, given)


@pytest.mark.parametrize("norm", [0.1, 1e6])
def test_slices_of_one_row_count_as_their_sum(norm):
    """Two slices of a row that cancel out leave the norm as it is."""
    of_rows = tf.IndexedSlices(
        tf.constant([[9.0, 0.0], [3.0, -1.0], [-9.0, 0.0], [0.5, 2.0]]),
        tf.constant([2, 0, 2, 1]),
        tf.constant([4, 2]),
    )
    first, second = clip([of_rows, tf.constant(GRADIENTS[1])], norm)
    assert isinstance(first, tf.IndexedSlices)
    scale = min(1, norm / NORM)
    expected = np.concatenate([scale * GRADIENTS[0], np.zeros((2, 2))])
    np.testing.assert_allclose(tf.convert_to_tensor(first), expected, rtol=1e-6)
    np.testing.assert_allclose(second, scale * GRADIENTS[1], rtol=1e-6)


def test_without_a_gradient_nothing_moves():
    zeros = [np.zeros_like(gradient) for gradient in GRADIENTS]
    for result in _clip(zeros, 1.0):
        np.testing.assert_array_equal(result, 0)


@pytest.mark.parametrize("global_clipnorm", [1e-3, 1e-5])
@pytest.mark.parametrize("positives_per_image", [0, 2])
def test_the_recommender_takes_the_flag(
    make_training, global_clipnorm, positives_per_image
):
    training = make_training(
        global_clipnorm=global_clipnorm,
        positives_per_image=positives_per_image,
        negatives="in_batch" if positives_per_image else "uniform",
        batch_size=8,
    )
    training.start()
    training.train_step(next(iter(training.batches_from(0))))
    # After one step the first moment of Adam is a tenth of the gradient.
    squares = [
        np.square(variable.numpy()).sum()
        for optimizer in training.model.optimizer.parts
        for variable in optimizer.variables
        if "momentum" in variable.path
    ]
    np.testing.assert_allclose(
        np.sqrt(sum(squares)), global_clipnorm / 10, rtol=1e-3
    )


def _clip(gradients: list, norm: float) -> list:
    tensors = [tf.constant(tensor) for tensor in gradients]
    return [tensor.numpy() for tensor in clip(tensors, norm)]
