"""WARP: the rank-weighted hinge loss of the best negative."""

from typing import Any

import keras
from keras import ops

from trainer.models.losses.own_scores import own_scores

MARGIN = 1.0


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
        """Computes the losses, float [pairs]; see `ranking_losses`."""
        own = own_scores(y_true, y_pred)
        margins = ops.where(ops.equal(y_true, 0), MARGIN - own + y_pred, 0.0)
        violations = ops.sum(ops.cast(margins > 0, y_pred.dtype), axis=1)
        return ops.log1p(ops.stop_gradient(violations)) * ops.maximum(
            ops.max(margins, axis=1), 0.0
        )
