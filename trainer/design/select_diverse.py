"""Selection of a few designs out of many.

- `diverse`: a determinantal point process (DPP). Each greedy step adds the
  design that increases most the determinant of the kernel L_ij = q_i S_ij q_j,
  with q_i = exp(score_i / TRADE) and S_ij = (1 + cosine) / 2 of the image
  features. Sets with high scores and different images are likely under this
  DPP; the greedy algorithm approximates the most likely set (Chen, Zhang and
  Zhou, NeurIPS 2018, algorithm 1).
- `best`: the highest scores.
- `sample`: sampling without replacement with probability ~ exp(BETA * score),
  as in the paper, by the Gumbel-top-k trick (Kool, van Hoof and Welling, ICML
  2019, section 2.3).

Scores are z-scores among the catalog images. All methods also run in a graph.
"""

from typing import Any

import tensorflow as tf

TRADE = 2.0
BETA = 3.0


def choose(
    method: str, scores: Any, features: Any, count: int, seed: Any
) -> tf.Tensor:
    """Selects designs.

    Args:
        method: Selection method, one of `search_config.METHODS`.
        scores: Scores of the designs, float32 [n].
        features: Image features of the designs, float32 [n, d].
        count: Number of designs to select, at most n.
        seed: Random seed of the method `sample`, int [2].

    Returns:
        Positions of the selected designs, in order of selection, int32
        [count].
    """
    if method == "diverse":
        return diverse(scores, features, count)
    if method == "sample":
        uniform = tf.random.stateless_uniform(tf.shape(scores), seed, 1e-6, 1.0)
        scores = BETA * scores - tf.math.log(-tf.math.log(uniform))
    return tf.math.top_k(scores, count).indices


def diverse(scores: Any, features: Any, count: int) -> tf.Tensor:
    """Selects designs by the greedy DPP algorithm of the module docstring.

    Args:
        scores: Scores of the designs, float32 [n].
        features: Image features of the designs, float32 [n, d].
        count: Number of designs to select, at most n.

    Returns:
        Positions of the selected designs, in order of selection, int32
        [count].
    """
    unit = tf.math.l2_normalize(features, axis=1)
    quality = tf.exp((scores - tf.reduce_max(scores)) / TRADE)
    similarity = (1.0 + tf.matmul(unit, unit, transpose_b=True)) / 2.0
    kernel = quality[:, None] * similarity * quality
    # `adds`: gain of each design over the selected set; `columns`: Cholesky
    # columns of the selected designs.
    adds = tf.linalg.diag_part(kernel)
    columns: list[tf.Tensor] = []
    chosen: list[tf.Tensor] = []
    places = tf.range(tf.size(scores))
    for _ in range(count):
        best = tf.argmax(adds, output_type=tf.int32)
        rest = kernel[best] - sum(column[best] * column for column in columns)
        columns.append(rest / tf.sqrt(tf.maximum(adds[best], 1e-12)))
        chosen.append(best)
        adds = tf.maximum(adds - columns[-1] ** 2, 0.0)
        # A design is never selected twice, even if all gains are 0.
        for selected in chosen:
            adds = tf.where(places == selected, -1.0, adds)
    return tf.stack(chosen)
