"""Serving signatures: methods of a servable, traced for any batch size."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

IDS = tf.TensorSpec([None], tf.string)
"""One string per row: an id, a category, or an image file."""
LISTS = tf.TensorSpec([None, None], tf.string)
"""Several ids per row, padded with ""."""
SEEDS = tf.TensorSpec([None], tf.int64)
NUMBERS = tf.TensorSpec([None], tf.float32)


def make_signature(method: Callable[..., Any], **inputs: tf.TensorSpec) -> Any:
    """Traces a method as a serving signature.

    Args:
        method: Function of tensors that returns a dict of tensors.
        **inputs: Spec of each argument, by name.

    Returns:
        A concrete function, whose inputs have the names of the arguments.
    """
    named = {
        name: tf.TensorSpec(spec.shape, spec.dtype, name)
        for name, spec in inputs.items()
    }
    function = tf.function(method, autograph=False)
    return function.get_concrete_function(**named)
