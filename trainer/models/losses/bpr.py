"""Bayesian personalized ranking (BPR): pairwise loss and two L2 penalties.

The paper maximizes, summed over a batch of B triples (u, i, j),

    ln sigmoid(x_ui - x_uj) - user_l2/2 |theta_u|^2

minus cnn_l2/2 |W|^2 once per batch, over the weight tensors W of the CNN.
Here the loss is the negative of that divided by B, so that its size does not
depend on the batch size. The balance of the three terms is the paper's, and
Adam is invariant to the scale of the loss.
"""

from typing import Any

import keras
from keras import ops

from trainer.models.losses.own_scores import own_scores


def bpr_loss(positive_scores: Any, negative_scores: Any) -> Any:
    """Computes -ln sigmoid(x_ui - x_uj) of each triple.

    Computed as softplus, which neither underflows nor overflows.

    Args:
        positive_scores: Scores x_ui of the positives, float [batch].
        negative_scores: Scores x_uj of the negatives, float [batch].

    Returns:
        Losses, float [batch].
    """
    return ops.softplus(negative_scores - positive_scores)


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
        """Computes the losses, float [pairs]; see `ranking_losses`."""
        allowed = ops.cast(ops.equal(y_true, 0), y_pred.dtype)
        losses = bpr_loss(own_scores(y_true, y_pred), y_pred) * allowed
        counts = ops.maximum(ops.sum(allowed, axis=1), 1.0)
        return ops.sum(losses, axis=1) / counts


def half_square_norms(vectors: Any) -> Any:
    """Returns |v|^2 / 2 of each row of float [batch, K], float [batch]."""
    return 0.5 * ops.sum(ops.square(vectors), axis=-1)


def decayed_weights(model: keras.Model) -> list[keras.Variable]:
    """Returns the weights with an L2 penalty: kernels, no biases."""
    return [
        variable
        for variable in model.trainable_variables
        if variable.path.endswith("/kernel")
    ]


def weight_penalty(weights: list[keras.Variable]) -> Any:
    """Returns the sum of |W|^2 / 2 over weight tensors, a scalar."""
    return sum(0.5 * ops.sum(ops.square(weight)) for weight in weights)
