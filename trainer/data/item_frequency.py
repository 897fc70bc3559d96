"""Streaming estimate of how often batches hold each item.

Source: Yi et al. 2019, "Sampling-Bias-Corrected Neural Modeling for Large
Corpus Item Recommendations", algorithms 2 and 3. For an item of the batch of
step t, with A the step at which it was seen before and B the mean number of
steps between two such steps,

    B <- (1 - rate) B + rate (t - A),    A <- t,    p = 1 / B

The arrays are hashed, so that their size does not depend on the catalog. Items
that share a bucket make each other look more frequent; of several hash
functions the largest B is the best.

The paper leaves open what B is at first. Here the rate of the n-th occurrence
is 1/n as long as that is more than the constant one, so that B is the mean of
the intervals so far and needs no initial value.
"""

import tensorflow as tf

RATE = 0.01
"""The paper's choice for a distribution that changes slowly."""
NUM_HASHES = 2
_FEWEST, _MOST = 1 << 10, 1 << 20
_BUCKETS_PER_ITEM = 8


class ItemFrequency:
    """Probabilities that a batch holds an item, by the fingerprint of its id.

    Example:
        frequency = ItemFrequency(num_buckets=1 << 20)
        frequency.update(items, step)
        scores -= frequency.log_probability(items)  # The log-Q correction.

    Args:
        num_buckets: Length of the array of each hash function.
        rate: Learning rate of the intervals, once an item was seen more than
            1 / `rate` times.
    """

    def __init__(self, num_buckets: int, rate: float = RATE) -> None:
        self._num_buckets = num_buckets
        self._rate = rate
        # Step of the last occurrence, mean interval and number of occurrences.
        self.state = tf.Variable(
            tf.zeros([NUM_HASHES * num_buckets, 3]),
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def update(self, items: tf.Tensor, step: tf.Tensor) -> None:
        """Counts the items of a batch, each once.

        Args:
            items: Fingerprints of the items of all replicas, int64 [batch].
            step: Number of the step, from 1, a scalar.
        """
        buckets, _ = tf.unique(tf.reshape(self._buckets(items), [-1]))
        last, interval, count = tf.unstack(
            tf.gather(self.state, buckets), axis=1
        )
        now = tf.fill(tf.shape(last), tf.cast(step, last.dtype))
        rate = tf.maximum(1.0 / (count + 1.0), self._rate)
        interval += rate * (now - last - interval)
        rows = tf.stack([now, interval, count + 1.0], axis=1)
        self.state.scatter_update(tf.IndexedSlices(rows, buckets))

    def log_probability(self, items: tf.Tensor) -> tf.Tensor:
        """Returns the log probability that a batch holds each item.

        Args:
            items: Fingerprints of items that were counted, int64 [n].

        Returns:
            Logs of the probabilities, float32 [n].
        """
        intervals = tf.gather(self.state, self._buckets(items))[..., 1]
        return -tf.math.log(tf.reduce_max(intervals, axis=0))

    def _buckets(self, items: tf.Tensor) -> tf.Tensor:
        """Returns the buckets of items, int64 [NUM_HASHES, n].

        A fingerprint is uniform, and so is each digit of it.
        """
        hashes = []
        for index in range(NUM_HASHES):
            digit = items // self._num_buckets**index % self._num_buckets
            hashes.append(digit + index * self._num_buckets)
        return tf.stack(hashes)


def buckets_for(num_items: int) -> int:
    """Returns a number of buckets for a catalog: few are shared, or a limit.

    The limit of 2^20 takes 25 MB; with more items than that the largest of the
    two intervals still separates most of them.

    Args:
        num_items: Number of items of the catalog.
    """
    return min(max(_BUCKETS_PER_ITEM * num_items, _FEWEST), _MOST)
