"""Requests that cannot be answered are refused with a sentence, in the graph.

A failed assertion ends a call with INVALID_ARGUMENT and its text, and so all
calls that TF Serving runs together with it
(`export.publishing.batching_config`). Where these may be others', a bad row is
said in an output instead, `error`.
"""

import tensorflow as tf


def rows_hold(good: tf.Tensor, sentences: tf.Tensor) -> tf.Operation:
    """Fails, when run, where a row is not good.

    Args:
        good: bool [batch], or of several values a row.
        sentences: What to say of each value if it is not, string, of the same
            shape; the first is said.
    """
    said = tf.boolean_mask(sentences, tf.logical_not(good))[:1]
    return tf.debugging.Assert(tf.reduce_all(good), [said], summarize=1)


def same_length(**inputs: tf.Tensor) -> tf.Operation:
    """Fails, when run, unless all inputs have a value for each row.

    Args:
        inputs: Of any dtype, [batch] or [batch, n], by name.
    """
    lengths = tf.stack([tf.shape(one)[0] for one in inputs.values()])
    names = ", ".join(inputs)
    return tf.debugging.Assert(
        tf.reduce_all(lengths == lengths[0]),
        [f"The inputs {names} must have as many rows as each other; they have"]
        + [lengths],
        summarize=len(inputs),
    )
