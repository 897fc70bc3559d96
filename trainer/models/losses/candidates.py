"""Losses of pairs (user, item) that are compared with many candidates.

All take, and return float [pairs]:

    scores         x_ui of all candidates, float [pairs, candidates]
    positive       place of the pair's own item among them, int [pairs]
    allowed        candidates that the user never took, bool [pairs, candidates]
    log_frequency  ln of the probability that a batch holds each candidate,
                   float [candidates]
"""

from collections.abc import Callable
from typing import Any

from keras import ops

MARGIN = 1.0
_NEVER = -1e9


def bpr(
    scores: Any, positive: Any, allowed: Any, log_frequency: Any = None
) -> Any:
    """Returns the mean of -ln sigmoid(x_ui - x_uj) over the candidates j.

    Source: Rendle et al. 2009, with each pair's expectation taken over all of
    a batch. For arguments see above; `log_frequency` does not count.
    """
    del log_frequency
    own = _own(scores, positive)
    allowed = ops.cast(allowed, scores.dtype)
    losses = ops.softplus(scores - own) * allowed
    return ops.sum(losses, axis=1) / ops.maximum(ops.sum(allowed, axis=1), 1.0)


def warp(
    scores: Any, positive: Any, allowed: Any, log_frequency: Any = None
) -> Any:
    """Returns the hinge of the highest candidate, weighted by the rank.

    ln(1 + number of violating candidates) * max(0, margin - x_ui + x_uj) of the
    highest-scoring j. Source: Weston et al. 2011 (WSABIE), with
    the rank counted among the candidates instead of estimated by trials. For
    arguments see above; `log_frequency` does not count.
    """
    del log_frequency
    own = _own(scores, positive)
    margins = ops.where(allowed, MARGIN - own + scores, 0.0)
    violations = ops.sum(ops.cast(margins > 0, scores.dtype), axis=1)
    return ops.log1p(ops.stop_gradient(violations)) * ops.maximum(
        ops.max(margins, axis=1), 0.0
    )


def softmax(
    scores: Any, positive: Any, allowed: Any, log_frequency: Any
) -> Any:
    """Returns the cross-entropy of the pair's item among the candidates.

    Each score is less the logarithm of how likely its item is drawn, so that
    what is learned does not depend on the draw (log-Q correction: Bengio and
    Senecal 2008; Yi et al. 2019). Items that the person took do not compete
    (accidental hits). For arguments see above.
    """
    corrected = scores - log_frequency
    own = _own(corrected, positive)
    others = ops.where(allowed, corrected, _NEVER)
    return (
        ops.logsumexp(ops.concatenate([own, others], axis=1), axis=1)
        - own[:, 0]
    )


LOSSES: dict[str, Callable[..., Any]] = {
    "bpr": bpr,
    "softmax": softmax,
    "warp": warp,
}


def _own(scores: Any, positive: Any) -> Any:
    """Returns the scores of the pairs' own items, [pairs, 1]."""
    return ops.take_along_axis(scores, positive[:, None], axis=1)
