"""Signatures: methods of a servable, traced for named inputs of any batch."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

IDS = tf.TensorSpec([None], tf.string)
"""One string a row: an id, a name, or an encoded photo."""
LISTS = tf.TensorSpec([None, None], tf.string)
"""Several ids a row, padded with ""."""
SEEDS = tf.TensorSpec([None], tf.int64)
NUMBERS = tf.TensorSpec([None], tf.float32)


def make_signature(method: Callable[..., Any], **inputs: tf.TensorSpec) -> Any:
    """Traces a method as a signature.

    Args:
        method: From tensors to a dict of tensors.
        inputs: What each argument looks like.

    Returns:
        A concrete function, whose inputs have the names of the arguments.
    """
    named = {
        name: tf.TensorSpec(spec.shape, spec.dtype, name)
        for name, spec in inputs.items()
    }
    function = tf.function(method, autograph=False)
    return function.get_concrete_function(**named)
