"""WARP-MF: matrix factorisation by the negatives that stand too high."""

import functools
from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.bpr_mf import MatrixFactorization
from trainer.baselines.fit import FitConfig
from trainer.baselines.fit import fit
from trainer.metrics.ranking.scorer import Scorer

TRIALS = 16
"""At most so many negatives are looked at for one that stands too high."""

MARGIN = 1.0


def fit_warp_mf(data: BaselineData) -> Scorer:
    """Fits matrix factorisation with the WARP loss.

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
    """Returns the weighted approximate-rank pairwise loss.

    The first negative j with x_uj > x_ui - 1 is taken. If it is the n-th that
    was looked at, about r = floor((items - 1) / n) items stand so high, and
    the loss is H(r) (1 - x_ui + x_uj), with H(r) = 1 + 1/2 + ... + 1/r, here
    divided by H(items - 1), so that its size does not depend on the
    catalogue. Without such a negative it is 0.

    Args:
        positive: x_ui, float [batch, 1].
        negative: x_uj in the order they are looked at, float
            [batch, negatives].
        num_items: Size of the catalogue.

    Returns:
        Losses, float [batch].
    """
    trials = negative.shape[1]
    harmonic = np.cumsum(1.0 / np.arange(1, num_items))
    ranks = np.maximum((num_items - 1) // np.arange(1, trials + 1), 1)
    weights = (harmonic[ranks - 1] / harmonic[-1]).astype(np.float32)
    over = MARGIN - positive + negative
    found = ops.argmax(over > 0, axis=1)[:, None]
    first = ops.take_along_axis(over, found, axis=1)
    return ops.relu(first)[:, 0] * ops.take(weights, found[:, 0])
