"""Boosts, pins and buries of items, for all users."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from export.index.ops.find_sorted import find_sorted


class Boost(NamedTuple):
    """Boost of one item.

    Attributes:
        amount: Amount added to the score, in standard deviations of the scores
            that the user gives to the items of the catalog.
        rank: 0, or a positive number for a pinned item, which is listed before
            the items of lower rank, or a negative one for a buried item, which
            is listed after all others.
    """

    amount: float = 0.0
    rank: int = 0


class Boosts(tf.Module):
    """Boosts of items; none until `export.availability.set_boosts` sets some.

    The variables have the length of the boosted items, not of the catalog, so
    that a version with other boosts differs in nothing else.

    Args:
        vectors: Item embeddings of the catalog, float32 [items, D].

    Attributes:
        items: Indices of the boosted items, ascending, int64 [n].
        ranks: Their ranks, int32 [n].

    Example:
        boosts = Boosts(embeddings.numpy())
        boosts.assign({3: Boost(0.5), 8: Boost(rank=1)})
        top_k = TopK(lookup.ids, embeddings, k=10, boosts=boosts)
    """

    def __init__(self, vectors: np.ndarray) -> None:
        super().__init__()
        for name, values in boost_arrays({}).items():
            setattr(
                self, name, tf.Variable(values, trainable=False, shape=[None])
            )
        # In float64, because the mean of the catalog is subtracted.
        centered = vectors - vectors.mean(axis=0, dtype=np.float64)
        covariance = centered.T @ centered / len(vectors)
        self._covariance = tf.Variable(
            covariance.astype(np.float32), trainable=False
        )

    def assign(self, boosts: Mapping[int, Boost]) -> None:
        """Replaces all boosts.

        Args:
            boosts: Boosts by item index.
        """
        for name, values in boost_arrays(boosts).items():
            getattr(self, name).assign(values)

    def of(self, queries: tf.Tensor) -> tf.Tensor:
        """Returns the boosts in the unit of the scores of each query.

        Args:
            queries: Queries, float32 [batch, D].

        Returns:
            Amounts to add to the scores, float32 [batch, n].
        """
        variance = tf.reduce_sum(queries @ self._covariance * queries, axis=1)
        return tf.sqrt(tf.nn.relu(variance))[:, None] * self.amounts

    def rows(self, batch: tf.Tensor) -> tf.Tensor:
        """Returns the boosted items, repeated for each query, int64 [batch, n].

        Args:
            batch: Number of queries, int32 scalar.
        """
        return tf.tile(self.items[None], [batch, 1])

    def ranks_of(self, items: tf.Tensor) -> tf.Tensor:
        """Returns the ranks of items, 0 without a boost.

        Args:
            items: Item indices, int64 [batch, n].

        Returns:
            Ranks, int32 [batch, n].
        """
        index, is_boosted = find_sorted(items, self.rows(tf.shape(items)[0]))
        ranks = tf.gather(tf.pad(self.ranks, [[0, 1]]), index)
        return tf.where(is_boosted, ranks, 0)

    def best(
        self,
        scores: tf.Tensor,
        items: tf.Tensor,
        boosted: tf.Tensor,
        k: int | tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the best items by rank, then score.

        Args:
            scores: Scores of the candidates, those of boosted items without
                their boost, float32 [batch, m].
            items: Item indices of the candidates, int64 [batch, m].
            boosted: Scores of the boosted items, the lowest float32 of those
                that are not listed, float32 [batch, n].
            k: Number of items, at most m + n.

        Returns:
            Scores, float32 [batch, k], and item indices, int64 [batch, k].
        """
        rows = self.rows(tf.shape(items)[0])
        again = find_sorted(items, rows)[1]
        scores = tf.where(again, scores.dtype.min, scores)
        scores = tf.concat([scores, boosted], axis=1)
        items = tf.concat([items, rows], axis=1)
        ranks = self.ranks_of(items)
        ranks = tf.where(scores > scores.dtype.min, ranks, ranks.dtype.min)
        # Of equal ranks `top_k` takes the first, so the order by score stays.
        by_score = tf.argsort(scores, direction="DESCENDING")
        ranks = tf.gather(ranks, by_score, batch_dims=1)
        order = tf.gather(
            by_score, tf.math.top_k(ranks, k).indices, batch_dims=1
        )
        return (
            tf.gather(scores, order, batch_dims=1),
            tf.gather(items, order, batch_dims=1),
        )


def boost_arrays(boosts: Mapping[int, Boost]) -> dict[str, np.ndarray]:
    """Returns the values of the variables of `Boosts`, by attribute.

    Args:
        boosts: Boosts by item index.
    """
    items = sorted(boosts)
    amounts, ranks = np.array([boosts[item] for item in items]).reshape(-1, 2).T
    return {
        "items": np.array(items, np.int64),
        "amounts": amounts.astype(np.float32),
        "ranks": ranks.astype(np.int32),
    }
