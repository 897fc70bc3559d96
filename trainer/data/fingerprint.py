"""Hash of item ids, by which streams know items without a vocabulary."""

import tensorflow as tf


def fingerprint(ids: tf.Tensor) -> tf.Tensor:
    """Returns hashes of ids that are the same everywhere, int64 [n].

    Two of a million items share one with a probability of 1e-7.

    Args:
        ids: Ids, string [n].
    """
    return tf.strings.to_hash_bucket_fast(ids, (1 << 63) - 1)
