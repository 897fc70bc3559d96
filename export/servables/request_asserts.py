"""Assertions on requests, in the serving graph.

A failed assertion ends a call with INVALID_ARGUMENT and its message, as well as
all calls in the same batch if TF Serving batches them
(`export.publishing.batching_config`). The recommender therefore reports a bad
row in the output `error` instead.
"""

import tensorflow as tf


def rows_hold(good: tf.Tensor, sentences: tf.Tensor) -> tf.Operation:
    """Returns an op that fails unless all rows are valid.

    Args:
        good: Validity of each row or value, bool [batch, ...].
        sentences: Error message of each value, string, of the shape of `good`;
            the first one of an invalid value is reported.
    """
    said = tf.boolean_mask(sentences, tf.logical_not(good))[:1]
    return tf.debugging.Assert(tf.reduce_all(good), [said], summarize=1)


def same_length(**inputs: tf.Tensor) -> tf.Operation:
    """Returns an op that fails unless all inputs have the same batch size.

    Args:
        **inputs: Input tensors by name, any dtype, [batch] or [batch, n].
    """
    lengths = tf.stack([tf.shape(one)[0] for one in inputs.values()])
    names = ", ".join(inputs)
    return tf.debugging.Assert(
        tf.reduce_all(lengths == lengths[0]),
        [f"The inputs {names} must have the same number of rows, got"]
        + [lengths],
        summarize=len(inputs),
    )
