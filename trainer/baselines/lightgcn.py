"""LightGCN: embeddings propagated over the graph of users and items."""

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import EmbeddingModel
from trainer.baselines.dot_product_model import to_numpy
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer

FACTORS = 64
LAYERS = 2


class LightGCNModel(EmbeddingModel):
    """LightGCN x_ui = e_u . e_i, with e the mean of the layers 0 to `LAYERS`.

    Layer 0 are the rows of users and items. The following ones are

        e_u^(l+1) = sum over the items i of u of e_i^(l) / sqrt(|N_u| |N_i|),

    where N are the neighbors in training, and the same with u and i exchanged.

    Args:
        data: The training interactions, which are the edges of the graph.

    Example:
        >>> model = LightGCNModel(data)
        >>> score = fit(model, data, FitConfig(row_penalty=0.03))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS)
        train = data.interactions.train
        self.edges = np.stack(
            [train.value_rowids().numpy(), train.values.numpy()], axis=1
        )

    def propagate(self, edges: Any, weights: Any) -> tuple[Any, Any]:
        """Returns e_u of all users and e_i of all items.

        Args:
            edges: User and item of each edge, sorted, int64 [edges, 2].
            weights: Weight of each edge, float32 [edges].

        Returns:
            Float [users, FACTORS] and [items, FACTORS].
        """
        layers = [
            (self.user_rows.embeddings.value, self.item_rows.embeddings.value)
        ]
        sizes = [table.shape[0] for table in layers[0]]
        graph = tf.SparseTensor(edges, weights, sizes)
        for _ in range(LAYERS):
            users, items = layers[-1]
            layers.append(
                (
                    tf.sparse.sparse_dense_matmul(graph, items),
                    tf.sparse.sparse_dense_matmul(graph, users, adjoint_a=True),
                )
            )
        users, items = (
            tf.reduce_mean(side, axis=0) for side in zip(*layers, strict=True)
        )
        return users, items

    def vectors(self) -> tuple[Any, Any]:
        """Returns the vectors of all users and items, whose product scores."""
        return self.propagate(self.edges, edge_weights(self.edges))

    def training_vectors(self) -> tuple[Any, Any]:
        """Returns the vectors that a training step scores with."""
        return self.vectors()

    def scorer(self) -> Scorer:
        """Returns a scorer with a copy of the current weights."""
        return product_scorer(*map(to_numpy, self.vectors()))

    def call(self, triples: Any) -> Any:
        """Scores triples; see `EmbeddingModel`."""
        users, positives, negatives = triples
        items = ops.concatenate([positives[:, None], negatives], axis=1)
        user_vectors, item_vectors = self.training_vectors()
        scores = self.score(
            ops.take(user_vectors, users, axis=0),
            ops.take(item_vectors, items, axis=0),
            items,
        )
        penalty = self.penalty(self.user_rows(users), self.item_rows(items))
        return scores[:, :1], scores[:, 1:], penalty

    def score(self, user_vectors: Any, item_vectors: Any, items: Any) -> Any:
        """Returns the scores of the users of triples and some items each.

        Args:
            user_vectors: Vectors of the users, float [batch, FACTORS].
            item_vectors: Vectors of the items, float [batch, n, FACTORS].
            items: Their indices, int [batch, n].

        Returns:
            Scores, float [batch, n] or, if there are several, [batch, n, m].
        """
        return ops.einsum("bd,bnd->bn", user_vectors, item_vectors)


def edge_weights(edges: np.ndarray) -> np.ndarray:
    """Returns 1 / sqrt(|N_u| |N_i|) of each edge, float32 [edges].

    Args:
        edges: User and item of each edge, int64 [edges, 2].
    """
    degrees = [np.bincount(side)[side] for side in edges.T]
    weights: np.ndarray = np.prod(degrees, axis=0) ** -0.5
    return weights.astype(np.float32)


def fit_lightgcn(data: BaselineData) -> Scorer:
    """Fits LightGCN with the BPR loss.

    Source: He et al., SIGIR 2020, equations 3, 4 and 15.
    """
    fitting = FitConfig(
        row_penalty=0.003,
        batch_size=2048,
        interacted_negatives=True,
        metric="ndcg@10",
    )
    return fit(LightGCNModel(data), data, fitting)
