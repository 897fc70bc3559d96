"""Streaming frequencies, against a numpy oracle and the true probabilities."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.data.item_frequency import NUM_HASHES
from trainer.data.item_frequency import ItemFrequency
from trainer.data.item_frequency import buckets_for


def oracle(batches, buckets, rate):
    """Algorithms 2 and 3 of Yi et al. 2019, one item after the other."""
    last = np.zeros((NUM_HASHES, buckets))
    interval, count = last.copy(), last.copy()
    for step, items in enumerate(batches, start=1):
        for row in range(NUM_HASHES):
            for place in {item // buckets**row % buckets for item in items}:
                count[row, place] += 1
                learning = max(1 / count[row, place], rate)
                interval[row, place] *= 1 - learning
                interval[row, place] += learning * (step - last[row, place])
                last[row, place] = step

    def probability(item):
        places = [item // buckets**row % buckets for row in range(NUM_HASHES)]
        return 1 / max(interval[range(NUM_HASHES), places])

    return probability


def test_the_estimate_is_that_of_the_papers_algorithm():
    """With collisions, repeated items, and occurrences beyond 1 / rate."""
    rng = np.random.default_rng(5)
    catalog = rng.integers(0, 1 << 62, 12)
    batches = catalog[rng.integers(0, 12, (30, 6)) ** 2 // 12]
    frequency = ItemFrequency(num_buckets=7, rate=0.2)
    for step, items in enumerate(batches, start=1):
        frequency.update(tf.constant(items), tf.constant(step, tf.int64))
    seen = np.unique(batches)
    probability = oracle(batches.tolist(), 7, 0.2)
    np.testing.assert_allclose(
        np.exp(frequency.log_probability(tf.constant(seen))),
        [probability(int(item)) for item in seen],
        rtol=1e-5,
    )


def test_it_approaches_the_probability_of_a_batch_to_hold_an_item():
    rng = np.random.default_rng(2)
    catalog = rng.integers(0, 1 << 62, 4)
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    frequency = ItemFrequency(buckets_for(4))
    update = tf.function(frequency.update)
    for step in range(1, 301):
        items = catalog[rng.choice(4, 3, p=shares)]
        update(tf.constant(items), tf.constant(step))
    estimate = np.exp(frequency.log_probability(tf.constant(catalog)))
    np.testing.assert_allclose(estimate, 1 - (1 - shares) ** 3, rtol=0.25)


@pytest.mark.parametrize(
    ("items", "buckets"), [(1, 1024), (10**4, 80_000), (10**7, 1 << 20)]
)
def test_the_arrays_stop_growing(items, buckets):
    assert buckets_for(items) == buckets
