"""Shuffled reading of TFRecord shards, repeatable by seed and epoch."""

import tensorflow as tf

CYCLE = 32
"""Shards that are open at a time."""


def open_shards(shards: tf.Tensor | list[str]) -> tf.data.Dataset:
    """Returns the serialized records of shards, taken from them in turn.

    Args:
        shards: Paths of the shards, string [n].
    """
    return tf.data.Dataset.from_tensor_slices(shards).interleave(
        lambda path: tf.data.TFRecordDataset(path, compression_type="GZIP"),
        cycle_length=CYCLE,
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )


def shuffled_records(
    shards: list[str], seed: tf.Tensor, buffer: int
) -> tf.data.Dataset:
    """Returns the serialized records of shards in an order given by a seed.

    Args:
        shards: Paths of the shards.
        seed: Seed of the order, int64 [2].
        buffer: Number of records in the shuffle buffer.
    """
    order = tf.random.stateless_uniform([], seed, 0, 1 << 31, tf.int64)
    # In the graph of the caller, which would take the global seed: with one of
    # 0 `shuffle` fails on a tensor, and the order is to depend on `order`
    # alone.
    tf.random.set_seed(1)
    shuffled = tf.random.experimental.stateless_shuffle(shards, seed)
    return open_shards(shuffled).shuffle(
        buffer, order, reshuffle_each_iteration=False
    )
