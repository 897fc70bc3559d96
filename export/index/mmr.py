"""Diversification of ranked lists by maximal marginal relevance (MMR)."""

import tensorflow as tf

from export.index.top_k import NO_SCORE

_MAX_SPREAD = 3.0
"""Maximum difference between the gains of two candidates of equal rank."""


def mmr(
    scores: tf.Tensor,
    directions: tf.Tensor,
    diversity: tf.Tensor,
    k: int,
    ranks: tf.Tensor | None = None,
) -> tf.Tensor:
    """Re-ranks candidates so that similar ones do not follow each other.

    Each step picks the candidate i that is left with the largest

        (1 - d) r_i - d max(cos(i, j) over the items j picked before),

    with the diversity d and r_i the score, scaled to 0..1 over the row.
    Candidates of a higher rank come first, whatever their scores.

    Source: Carbonell and Goldstein, SIGIR 1998.

    Args:
        scores: Scores, `NO_SCORE` for padding, float32 [batch, n].
        directions: Image embeddings of norm 1, float32 [batch, n, K].
        diversity: Diversity of each row, 0 to 1; 0 keeps the order, float32
            [batch].
        k: Length of the resulting list, at most n.
        ranks: Ranks, int32 [batch, n]; equal if None.

    Returns:
        Positions of the picked candidates, int32 [batch, k].
    """
    weight = diversity[:, None]
    gain = (1 - weight) * _relevance(scores)
    if ranks is not None:
        gain += _MAX_SPREAD * tf.cast(ranks, tf.float32)
    # `argmax` finds nothing above `NO_SCORE`, the lowest float32.
    gain = tf.where(scores > NO_SCORE, gain, NO_SCORE / 2)

    def pick(
        step: tf.Tensor, gain: tf.Tensor, nearest: tf.Tensor, picks: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        best = tf.argmax(gain - weight * nearest, axis=1, output_type=tf.int32)
        chosen = tf.gather(directions, best, batch_dims=1)
        nearest = tf.maximum(nearest, tf.linalg.matvec(directions, chosen))
        picked = tf.one_hot(best, tf.shape(gain)[1], True, False)
        gain = tf.where(picked, NO_SCORE, gain)
        return step + 1, gain, nearest, picks.write(step, best)

    picks = tf.TensorArray(tf.int32, k, element_shape=[None])
    loop = (tf.constant(0), gain, tf.fill(tf.shape(gain), -1.0), picks)
    *_, picks = tf.while_loop(lambda step, *_: step < k, pick, loop)
    return tf.transpose(picks.stack())


def _relevance(scores: tf.Tensor) -> tf.Tensor:
    """Returns scores scaled to 0..1 over the candidates of each row."""
    lowest = tf.where(scores > NO_SCORE, scores, tf.float32.max)
    lowest = tf.reduce_min(lowest, axis=1, keepdims=True)
    highest = tf.reduce_max(scores, axis=1, keepdims=True)
    return tf.math.divide_no_nan(scores - lowest, highest - lowest)
