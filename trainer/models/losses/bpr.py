"""Bayesian personalised ranking: the pairwise loss and its two penalties.

The paper maximises, summed over a batch of B triples (u, i, j),

    ln sigmoid(x_ui - x_uj) - user_l2/2 |theta_u|^2

minus cnn_l2/2 |W|^2 once a batch, over the weight tensors W of the CNN.
Here the negative of that is divided by B, so that its size does not depend on
the batch: the balance of the three terms is the paper's, and Adam does not see
the scale of the whole.
"""

from typing import Any

import keras
from keras import ops


def bpr_loss(positive_scores: Any, negative_scores: Any) -> Any:
    """Returns -ln sigmoid(x_ui - x_uj) of each triple.

    Written as softplus, which neither underflows nor overflows.

    Args:
        positive_scores: x_ui, float [batch].
        negative_scores: x_uj, float [batch].

    Returns:
        Losses, float [batch].
    """
    return ops.softplus(negative_scores - positive_scores)


def half_square_norms(vectors: Any) -> Any:
    """Returns |v|^2 / 2 of each row of float [batch, K], float [batch]."""
    return 0.5 * ops.sum(ops.square(vectors), axis=-1)


def decayed_weights(model: keras.Model) -> list[keras.Variable]:
    """Returns the weight tensors that are penalised: kernels, no biases."""
    return [
        variable
        for variable in model.trainable_variables
        if variable.path.endswith("/kernel")
    ]


def weight_penalty(weights: list[keras.Variable]) -> Any:
    """Returns the sum of |W|^2 / 2 over weight tensors, a scalar."""
    return sum(0.5 * ops.sum(ops.square(weight)) for weight in weights)
