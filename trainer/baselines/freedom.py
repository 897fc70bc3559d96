"""FREEDOM: LightGCN with a frozen graph of items that look alike."""

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import to_numpy
from trainer.baselines.lightgcn import FACTORS
from trainer.baselines.lightgcn import LightGCNModel
from trainer.baselines.lightgcn import edge_weights
from trainer.baselines.scaling import scaled_features
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.baselines.vis_rank import WHITENING
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.losses.bpr import bpr_loss

NEIGHBORS = 10
"""Items with the highest cosine to an item, itself included."""

KEPT = 0.2
"""Fraction of the interactions that an epoch propagates over."""

VISUAL_WEIGHT = 0.1
"""Weight lambda of the BPR loss of the projected features."""

_ITEMS_AT_ONCE = 1024


class FREEDOMModel(LightGCNModel):
    """FREEDOM x_ui = e_u . (e_i + h_i), with e of LightGCN.

    h_i is the mean of the item rows over the `NEIGHBORS` items with the most
    similar image features, a graph that is computed once (frozen). Training
    propagates over a part of the interactions, drawn for each epoch without
    replacement with a probability proportional to 1 / sqrt(|N_u| |N_i|)
    (denoised); scores use all of them. The loss is

        BPR(e_u . (e_i + h_i)) + lambda BPR(e_u . W f_i),

    with f the image features; the constant of W f + b cancels in BPR.

    Args:
        data: Data with image features.

    Example:
        >>> model = FREEDOMModel(data)
        >>> score = fit(model, data, FitConfig(loss=freedom_loss))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data)
        self.features = scaled_features(data, WHITENING)
        width = self.features.shape[1]
        self.projection = self.shared((width, FACTORS), width**-0.5)
        self.neighbors = nearest_items(to_numpy(self.features))
        self._seed = data.seed
        self._num_kept = max(1, round(KEPT * len(self.edges)))
        self.kept_edges = tf.Variable(self.edges[: self._num_kept])
        self.kept_weights = tf.Variable(
            edge_weights(self.edges)[: self._num_kept]
        )

    def start_epoch(self, epoch: int) -> None:
        """Draws the interactions that this epoch propagates over."""
        chances = edge_weights(self.edges).astype(float)
        kept = np.random.default_rng((self._seed, epoch)).choice(
            len(self.edges),
            self._num_kept,
            replace=False,
            p=chances / chances.sum(),
        )
        edges = self.edges[np.sort(kept)]
        self.kept_edges.assign(edges)
        self.kept_weights.assign(edge_weights(edges))

    def vectors(self) -> tuple[Any, Any]:
        """Returns e of all users and e + h of all items."""
        users, items = super().vectors()
        return users, items + self.look_alikes(np.arange(items.shape[0]))

    def training_vectors(self) -> tuple[Any, Any]:
        """Returns e of all users and items over the kept interactions."""
        return self.propagate(self.kept_edges, self.kept_weights)

    def look_alikes(self, items: Any) -> Any:
        """Returns h of items of any shape, float [..., FACTORS]."""
        neighbors = ops.take(self.neighbors, items, axis=0)
        return ops.mean(self.item_rows(neighbors), axis=-2)

    def score(self, user_vectors: Any, item_vectors: Any, items: Any) -> Any:
        """Returns the scores by e_i + h_i and by W f_i, float [batch, n, 2]."""
        by_id = item_vectors + self.look_alikes(items)
        by_image = ops.take(self.features, items, axis=0) @ self.projection
        vectors = ops.stack([by_id, by_image], axis=2)
        return ops.einsum("bd,bnmd->bnm", user_vectors, vectors)


def nearest_items(features: np.ndarray) -> np.ndarray:
    """Returns the items with the highest cosine, int64 [items, NEIGHBORS].

    Args:
        features: Image features, float32 [items, F].
    """
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(norms, 1e-30)
    count = min(NEIGHBORS, len(unit))
    return np.concatenate(
        [
            np.argpartition(-(rows @ unit.T), count - 1, axis=1)[:, :count]
            for rows in np.array_split(unit, 1 + len(unit) // _ITEMS_AT_ONCE)
        ]
    )


def freedom_loss(positive: Any, negative: Any) -> Any:
    """Returns the BPR losses by id plus lambda times those by image.

    Args:
        positive: Scores of `FREEDOMModel`, float [batch, 1, 2].
        negative: Scores of `FREEDOMModel`, float [batch, negatives, 2].

    Returns:
        Losses, float [batch, negatives].
    """
    losses = bpr_loss(positive, negative)
    return losses[..., 0] + VISUAL_WEIGHT * losses[..., 1]


def fit_freedom(data: BaselineData) -> Scorer:
    """Fits FREEDOM with the images as the only modality.

    Source: Zhou and Shen, MM 2023, "A Tale of Two Graphs", equations 3 to 13.
    """
    fitting = FitConfig(
        loss=freedom_loss,
        row_penalty=0.0,
        learning_rate=0.005,
        batch_size=2048,
        interacted_negatives=True,
        metric="ndcg@10",
    )
    return fit(FREEDOMModel(data), data, fitting)
