"""Ranking losses of (user, item) pairs among many candidate items."""

from collections.abc import Callable
from typing import Any

from keras import ops

MARGIN = 1.0
_NEVER = -1e9


def bpr(
    scores: Any, positive: Any, allowed: Any, log_frequency: Any = None
) -> Any:
    """Computes the mean BPR loss -ln sigmoid(x_ui - x_uj) over candidates j.

    Source: Rendle et al. 2009, with the expectation of each pair taken over all
    candidates of the batch.

    Args:
        scores: Scores of all candidates, float [pairs, candidates].
        positive: Position of the pair's item in the candidates, int [pairs].
        allowed: Mask of candidates that the user never interacted with, bool
            [pairs, candidates].
        log_frequency: Unused, for a common signature of all losses.

    Returns:
        Losses, float [pairs].
    """
    del log_frequency
    own = _own(scores, positive)
    allowed = ops.cast(allowed, scores.dtype)
    losses = ops.softplus(scores - own) * allowed
    return ops.sum(losses, axis=1) / ops.maximum(ops.sum(allowed, axis=1), 1.0)


def warp(
    scores: Any, positive: Any, allowed: Any, log_frequency: Any = None
) -> Any:
    """Computes the WARP loss: the rank-weighted hinge of the best candidate.

    ln(1 + number of violating candidates) * max(0, margin - x_ui + x_uj) for
    the highest-scoring j. Source: Weston et al. 2011 (WSABIE), with the rank
    counted among the candidates instead of estimated by sampling.

    Args:
        scores: Scores of all candidates, float [pairs, candidates].
        positive: Position of the pair's item in the candidates, int [pairs].
        allowed: Mask of candidates that the user never interacted with, bool
            [pairs, candidates].
        log_frequency: Unused, for a common signature of all losses.

    Returns:
        Losses, float [pairs].
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
    """Computes the sampled softmax cross-entropy of the pair's item.

    The log-Q correction subtracts the log sampling probability of each item
    from its score, so that the optimum does not depend on the sampling (Bengio
    and Senecal 2008; Yi et al. 2019). Items that the user interacted with are
    masked (accidental hits).

    Args:
        scores: Scores of all candidates, float [pairs, candidates].
        positive: Position of the pair's item in the candidates, int [pairs].
        allowed: Mask of candidates that the user never interacted with, bool
            [pairs, candidates].
        log_frequency: Natural log of the probability that a batch holds each
            candidate, float [candidates].

    Returns:
        Losses, float [pairs].
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
    """Returns the scores of the pairs' items, float [pairs, 1]."""
    return ops.take_along_axis(scores, positive[:, None], axis=1)
