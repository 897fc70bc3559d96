"""Cross-batch memory, against a list of the last batches."""

import numpy as np
import tensorflow as tf

from trainer.recommender.cross_batch_memory import CrossBatchMemory
from trainer.recommender.cross_batch_memory import batch_candidates

NAMES = "users", "items", "phi", "is_repeat"


def pushed(num_batches, batches):
    """The candidates of each batch: its own, then those of the memory."""
    memory = CrossBatchMemory(num_batches, batch_size=4, embedding_dim=2)
    for step, batch in enumerate(batches, start=1):
        candidates = memory.push(
            batch_candidates(*map(tf.constant, batch)),
            tf.constant(step, tf.int64),
        )
        yield [getattr(candidates, name).numpy() for name in NAMES]


def test_the_candidates_are_those_of_the_last_batches():
    """The first is gone from the fourth on, whose place it had."""
    rng = np.random.default_rng(4)
    batches = [
        (
            rng.integers(0, 9, 4),
            rng.integers(0, 3, 4) + 1,
            rng.normal(size=(4, 2)).astype(np.float32),
        )
        for _ in range(6)
    ]
    for last, candidates in enumerate(pushed(3, batches)):
        kept = [place for place in range(last - 3, last) if place >= 0]
        expected = [row for place in kept for row in rows_of(batches[place])]
        users, items, phi, is_repeat = (values[4:] for values in candidates)
        filled = items > 0
        assert is_repeat[~filled].all()
        stored = zip(users, items, phi[:, 0], is_repeat, strict=True)
        found = [row for row, full in zip(stored, filled, strict=True) if full]
        assert sorted(found) == sorted(expected)
        own = zip(*(candidates[i][:4] for i in (0, 1)), strict=True)
        assert list(own) == list(zip(*batches[last][:2], strict=True))


def rows_of(batch):
    """User, item, embedding and repetition of each place of a batch."""
    users, items, phi = batch
    return [
        (user, item, vector[0], item in items[:place])
        for place, (user, item, vector) in enumerate(
            zip(users, items, phi, strict=True)
        )
    ]
