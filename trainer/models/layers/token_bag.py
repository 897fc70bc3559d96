"""Embedding bag of hashed tokens, by latent semantic analysis."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

MIN_ITEMS = 2
"""Minimum number of items with a token; a rarer one relates no items."""


@keras.saving.register_keras_serializable(package="atelier")
class TokenBag(layers.Layer):
    """Sum of the token embeddings of each item, at unit length.

    The embeddings are fitted once to a catalog and fixed afterwards: the
    truncated singular value decomposition X = U S V^T of the items' tf-idf
    vectors, with idf_t = ln(n / n_t) + 1, gives token t the embedding
    idf_t V_t. The sum over an item's tokens is its tf-idf vector, projected.

    Source: latent semantic analysis, Deerwester et al., JASIS 1990.

    Example:
        bag = TokenBag(64, num_buckets=1024)
        bag.fit(buckets.values.numpy(), buckets.row_splits.numpy())
        vectors = bag(buckets.values, buckets.value_rowids(), num_rows=3)

    Args:
        size: Embedding size.
        num_buckets: Number of buckets that the tokens are hashed into.
        trainable: Whether the embeddings are trained after the fit.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        size: int,
        num_buckets: int,
        trainable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, **kwargs)
        self.size, self.num_buckets = size, num_buckets
        self.table = self.add_weight(
            shape=(num_buckets, size), initializer="zeros", name="table"
        )
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "size": self.size,
            "num_buckets": self.num_buckets,
        }

    def fit(self, buckets: np.ndarray, starts: np.ndarray) -> None:
        """Fits the embeddings to the tokens of a catalog.

        Args:
            buckets: Buckets of the tokens of all items, concatenated, int [n].
            starts: Row splits: start of each item's tokens, and n, int
                [items + 1].
        """
        num_items = len(starts) - 1
        counts = sparse.csr_matrix(
            (np.ones(len(buckets)), buckets, starts),
            (num_items, self.num_buckets),
        )
        counts.sum_duplicates()
        frequency = np.bincount(counts.indices, minlength=self.num_buckets)
        idf = np.where(
            frequency >= MIN_ITEMS,
            np.log(num_items / np.maximum(frequency, 1)) + 1,
            0.0,
        )
        table = np.zeros(self.table.shape)
        vectors = normalize(counts @ sparse.diags(idf))
        rank = min(self.size, *(size - 1 for size in vectors.shape))
        if rank and vectors.nnz:
            svd = TruncatedSVD(rank, random_state=0).fit(vectors)
            table[:, :rank] = idf[:, None] * svd.components_.T
        self.table.assign(table)

    def call(self, buckets: Any, rows: Any, num_rows: Any) -> Any:
        """Embeds the tokens of items.

        Args:
            buckets: Buckets of the tokens of all items, int [n].
            rows: Row index of the item of each token, int [n].
            num_rows: Number of items.

        Returns:
            Unit vectors, 0 without known tokens, float [num_rows, size].
        """
        sums = ops.segment_sum(
            ops.take(self.table, buckets, axis=0), rows, num_segments=num_rows
        )
        return ops.normalize(sums, axis=-1, epsilon=1e-6)
