"""Errors of inputs that are out of the bounds of their signature."""

import tensorflow as tf

from atelier.schema.signatures import Tensor


def out_of_bounds(values: tf.Tensor, tensor: Tensor) -> tf.Tensor:
    """Returns errors of values, "" for valid ones, string [batch].

    Args:
        values: Values of the input, numbers [batch].
        tensor: Declaration of the input, with bounds.

    Example:
        error = out_of_bounds(tf.constant([2.0]), STRENGTH)
        # error: ["strength must be from 0 to 1, got 2."]
    """
    assert tensor.bounds
    low, high = tensor.bounds
    error = tf.strings.join(
        [
            f"{tensor.name} must be from {low} to {high}, got ",
            tf.as_string(values, shortest=True),
            ".",
        ]
    )
    return tf.where((values >= low) & (values <= high), "", error)
