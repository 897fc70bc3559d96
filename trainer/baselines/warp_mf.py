"""WARP-MF: matrix factorization with the WARP loss."""

import functools
from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.bpr_mf import MatrixFactorization
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.metrics.ranking.scorer import Scorer

TRIALS = 16
"""Maximum number of sampled negatives in the search for a violating one."""

MARGIN = 1.0


def fit_warp_mf(data: BaselineData) -> Scorer:
    """Fits matrix factorization with the WARP loss.

    Source: Weston, Bengio and Usunier, IJCAI 2011 (WSABIE).
    """
    fitting = FitConfig(
        loss=functools.partial(warp_loss, num_items=data.num_items),
        row_penalty=0.3,
        learning_rate=0.005,
        negatives=TRIALS,
    )
    return fit(MatrixFactorization(data), data, fitting)


def warp_loss(positive: Any, negative: Any, num_items: int) -> Any:
    """Returns the WARP loss (weighted approximate-rank pairwise).

    The first violating negative j, x_uj > x_ui - 1, is used. If it is the n-th
    negative, about r = floor((items - 1) / n) items violate, and the loss is
    H(r) (1 - x_ui + x_uj), with H(r) = 1 + 1/2 + ... + 1/r. It is divided by
    H(items - 1), so that its scale does not depend on the size of the catalog.
    Without a violating negative the loss is 0.

    Args:
        positive: Positive scores x_ui, float [batch, 1].
        negative: Negative scores x_uj in the order of the trials, float
            [batch, negatives].
        num_items: Number of items in the catalog.

    Returns:
        Losses, float [batch].
    """
    trials = negative.shape[1]
    harmonic = np.cumsum(1.0 / np.arange(1, num_items))
    ranks = np.maximum((num_items - 1) // np.arange(1, trials + 1), 1)
    weights = (harmonic[ranks - 1] / harmonic[-1]).astype(np.float32)
    over = MARGIN - positive + negative
    violating = ops.argmax(over > 0, axis=1)[:, None]
    first = ops.take_along_axis(over, violating, axis=1)
    return ops.relu(first)[:, 0] * ops.take(weights, violating[:, 0])
