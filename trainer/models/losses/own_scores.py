"""Scores of the item of each pair among its candidates."""

from typing import Any

from keras import ops


def own_scores(y_true: Any, y_pred: Any) -> Any:
    """Returns the scores of the pairs' items, float [pairs, 1].

    Args:
        y_true: Labels of `ranking_losses`, float [pairs, candidates].
        y_pred: Scores of the candidates, float [pairs, candidates].
    """
    own = ops.argmax(y_true, axis=1)[:, None]
    return ops.take_along_axis(y_pred, own, axis=1)
