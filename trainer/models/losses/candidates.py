"""Ranking losses of an item among candidates, as Keras losses.

All take the same arguments, float [pairs, candidates]:

- `y_true`: 1 for the pair's item, once in each row, 0 for negatives, and -1 for
  candidates that do not count, such as other items of the same user.
- `y_pred`: Scores of the candidates.

The reduction is Keras's: by default the mean over the pairs. The papers sum
over a batch, `reduction="sum"`; beside the mean, L2 penalties are to be divided
by the number of pairs.
"""

from typing import Any

import keras
from keras import ops

from trainer.models.losses.bpr import bpr_loss

MARGIN = 1.0
_NEVER = -1e9


@keras.saving.register_keras_serializable(package="atelier")
class BPR(keras.losses.Loss):
    """BPR: the mean of -ln sigmoid(x_ui - x_uj) over the negatives j.

    Source: Rendle et al. 2009, with the expectation of each pair taken over all
    candidates of the batch.

    Example:
        model.compile("adam", BPR())
        model.fit(triples, np.tile([1, 0], (num_triples, 1)))
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Computes the losses, float [pairs]; arguments: see the module."""
        allowed = ops.cast(ops.equal(y_true, 0), y_pred.dtype)
        losses = bpr_loss(_own(y_true, y_pred), y_pred) * allowed
        counts = ops.maximum(ops.sum(allowed, axis=1), 1.0)
        return ops.sum(losses, axis=1) / counts


@keras.saving.register_keras_serializable(package="atelier")
class WARP(keras.losses.Loss):
    """WARP: the rank-weighted hinge of the best negative.

    ln(1 + number of violating negatives) * max(0, margin - x_ui + x_uj) for
    the highest-scoring j. Source: Weston et al. 2011 (WSABIE), with the rank
    counted among the candidates instead of estimated by sampling.

    Example:
        model.compile("adam", WARP())
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Computes the losses, float [pairs]; arguments: see the module."""
        margins = ops.where(
            ops.equal(y_true, 0), MARGIN - _own(y_true, y_pred) + y_pred, 0.0
        )
        violations = ops.sum(ops.cast(margins > 0, y_pred.dtype), axis=1)
        return ops.log1p(ops.stop_gradient(violations)) * ops.maximum(
            ops.max(margins, axis=1), 0.0
        )


@keras.saving.register_keras_serializable(package="atelier")
class SampledSoftmax(keras.losses.Loss):
    """Sampled softmax: cross-entropy of the pair's item and its negatives.

    With the log-Q correction, `y_pred` is the score minus the natural log of
    the probability that a batch holds the candidate, so that the optimum does
    not depend on the sampling (Bengio and Senecal 2008; Yi et al. 2019). Items
    that the user interacted with (accidental hits) are to be labeled -1.

    Example:
        model.compile("adam", SampledSoftmax())
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Computes the losses, float [pairs]; arguments: see the module."""
        own = _own(y_true, y_pred)
        others = ops.where(ops.equal(y_true, 0), y_pred, _NEVER)
        return (
            ops.logsumexp(ops.concatenate([own, others], axis=1), axis=1)
            - own[:, 0]
        )


LOSSES: dict[str, type[keras.losses.Loss]] = {
    "bpr": BPR,
    "softmax": SampledSoftmax,
    "warp": WARP,
}
"""Losses by the name that `--loss` takes."""


def _own(y_true: Any, y_pred: Any) -> Any:
    """Returns the scores of the pairs' items, float [pairs, 1]."""
    own = ops.argmax(y_true, axis=1)[:, None]
    return ops.take_along_axis(y_pred, own, axis=1)
