"""Small cases that hold every oddity, and the definitions as naive loops."""

import numpy as np
import pytest
import tensorflow as tf

from trainer.metrics.ranking.held_out import HeldOut


@pytest.fixture(scope="session")
def make_held_out():
    """Returns make_held_out(pairs, known, num_items, others={})."""

    def make(pairs, known, num_items, others=None):
        taken = [list(one) for one in known]
        for user, item in [*pairs, *(others or ())]:
            taken[user].append(item)
        return HeldOut(
            np.array(pairs, np.int64).reshape(-1, 2),
            tf.ragged.constant(taken, tf.int64, ragged_rank=1),
            tf.ragged.constant(known, tf.int64, ragged_rank=1),
            num_items,
        )

    return make


@pytest.fixture(scope="session")
def random_case(make_held_out):
    """Returns random_case(seed): scores with ties, and what is held out.

    Of each user 0 to 5 items are held out, in no order, others are known, and
    one is neither: it was held out for something else.
    """

    def make(seed, users=40, items=37):
        rng = np.random.default_rng(seed)
        scores = rng.integers(0, 9, (users, items)).astype(np.float32)
        pairs, known, others = [], [], []
        for user in range(users):
            # Nobody took the last.
            own = rng.permutation(items - 1)[: rng.integers(1, 20)].tolist()
            cut = min(len(own) - 1, rng.integers(6))
            pairs += [(user, item) for item in own[:cut]]
            others.append((user, own[cut]))
            known.append(own[cut + 1 :])
        pairs = rng.permutation(pairs)
        return scores, make_held_out(pairs.tolist(), known, items, others)

    return make


@pytest.fixture(scope="session")
def naive():
    """Returns naive(scores, held_out, k): by user, metrics as defined."""
    return _naive


def _naive(scores, held_out, k, half_ties=False):
    found = {}
    for user in sorted({int(user) for user, _ in held_out.pairs}):
        row = scores[user].tolist()
        taken = set(held_out.taken[user].numpy().tolist())
        others = [j for j in range(len(row)) if j not in taken]
        hidden = [int(i) for u, i in held_out.pairs if u == user]
        aucs = [
            np.mean(
                [
                    1.0
                    if row[i] > row[j]
                    else 0.5 * (half_ties and row[i] == row[j])
                    for j in others
                ]
            )
            for i in hidden
        ]
        # The whole list; where scores tie, hidden items stand behind.
        ordered = sorted(
            [*others, *hidden], key=lambda item: (-row[item], item in hidden)
        )
        hits = [ordered.index(i) + 1 for i in hidden if i in ordered[:k]]
        ideal = sum(
            1 / np.log2(1 + place)
            for place in range(1, 1 + min(k, len(hidden)))
        )
        found[user] = {
            "auc": np.mean(aucs),
            f"hr@{k}": float(bool(hits)),
            f"recall@{k}": len(hits) / len(hidden),
            f"ndcg@{k}": sum(1 / np.log2(1 + place) for place in hits) / ideal,
            f"mrr@{k}": 1 / min(hits) if hits else 0.0,
        }
    return found
