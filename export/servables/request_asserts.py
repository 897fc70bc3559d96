"""Assertions on requests, in the serving graph.

A failed assertion ends a call with INVALID_ARGUMENT and its message. A reason
to reject single rows belongs into the output `error` instead, because the other
rows, and the other calls of a batch of TF Serving, are then answered.
"""

import tensorflow as tf


def same_length(**inputs: tf.Tensor) -> tf.Operation:
    """Returns an op that fails unless all inputs have the same batch size.

    Args:
        **inputs: Input tensors by name, any dtype, [batch] or [batch, n].
    """
    lengths = tf.stack([tf.shape(one)[0] for one in inputs.values()])
    sentence = tf.strings.format(
        f"The inputs {', '.join(inputs)} must have the same number of rows, "
        "got {}.",
        lengths,
    )
    return tf.debugging.Assert(tf.reduce_all(lengths == lengths[0]), [sentence])
