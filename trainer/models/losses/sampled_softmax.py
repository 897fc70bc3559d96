"""Sampled softmax, with log-Q corrected scores."""

from typing import Any

import keras
from keras import ops

from trainer.models.losses.own_scores import own_scores

_NEVER = -1e9


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
        """Computes the losses, float [pairs]; see `ranking_losses`."""
        own = own_scores(y_true, y_pred)
        others = ops.where(ops.equal(y_true, 0), y_pred, _NEVER)
        return (
            ops.logsumexp(ops.concatenate([own, others], axis=1), axis=1)
            - own[:, 0]
        )
