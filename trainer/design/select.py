"""Chooses a few of many designs, the best or different good ones.

- `diverse`: one after the other what adds most to the determinant of the kernel
  L_ij = q_i S_ij q_j, with q_i = exp(score_i / TRADE) and S_ij = (1 + cosine) /
  2 of what is seen. A set is likely under this determinantal point process if
  its members score high and look different; the likeliest is approached
  greedily (Chen, Zhang and Zhou, NeurIPS 2018, algorithm 1).
- `best`: the highest scores.
- `sample`: drawn without replacement with probability ~ exp(BETA * score), as
  in the paper, by adding Gumbel noise and taking the highest (Kool, van Hoof
  and Welling, ICML 2019, section 2.3).

Scores are in standard deviations of the scores of photos. All run in a graph.
"""

from typing import Any

import tensorflow as tf

METHODS = ("diverse", "best", "sample")
TRADE = 2.0
BETA = 3.0


def choose(
    method: str, scores: Any, looks: Any, count: int, seed: Any
) -> tf.Tensor:
    """Chooses designs.

    Args:
        method: One of `METHODS`.
        scores: Of each, float32 [n].
        looks: What each looks like, float32 [n, d].
        count: How many, at most n.
        seed: Of `sample`, int [2].

    Returns:
        Their places, in the order of choice, int32 [count].
    """
    if method == "diverse":
        return diverse(scores, looks, count)
    if method == "sample":
        uniform = tf.random.stateless_uniform(tf.shape(scores), seed, 1e-6, 1.0)
        scores = BETA * scores - tf.math.log(-tf.math.log(uniform))
    return tf.math.top_k(scores, count).indices


def diverse(scores: Any, looks: Any, count: int) -> tf.Tensor:
    """Chooses good designs that look different; see `choose`."""
    unit = tf.math.l2_normalize(looks, axis=1)
    quality = tf.exp((scores - tf.reduce_max(scores)) / TRADE)
    similarity = (1.0 + tf.matmul(unit, unit, transpose_b=True)) / 2.0
    kernel = quality[:, None] * similarity * quality
    # What each would add to those that are chosen, and the columns that these
    # have in a Cholesky decomposition.
    adds = tf.linalg.diag_part(kernel)
    columns: list[tf.Tensor] = []
    chosen: list[tf.Tensor] = []
    places = tf.range(tf.size(scores))
    for _ in range(count):
        one = tf.argmax(adds, output_type=tf.int32)
        rest = kernel[one] - sum(column[one] * column for column in columns)
        columns.append(rest / tf.sqrt(tf.maximum(adds[one], 1e-12)))
        chosen.append(one)
        adds = tf.maximum(adds - columns[-1] ** 2, 0.0)
        # Nothing is chosen twice, even where nothing else would add anything.
        for taken in chosen:
            adds = tf.where(places == taken, -1.0, adds)
    return tf.stack(chosen)
