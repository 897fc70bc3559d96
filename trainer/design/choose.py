"""Chooses a few of many designs: good ones that differ from each other.

- `best`: the highest scores.
- `sample`: drawn without replacement with probability ~ exp(beta * score), as in
  the paper, by adding Gumbel noise and taking the highest (Kool, van Hoof and
  Welling, ICML 2019, section 2.3).
- `diverse`: one after the other what adds most to the determinant of the kernel
  L_ij = q_i S_ij q_j, with q_i = exp(score_i / trade) and S the similarity of
  what is seen: a determinantal point process, whose most likely set is
  approached greedily (Chen, Zhang and Zhou, NeurIPS 2018, algorithm 1).

Scores are in standard deviations of the photos' scores. All run in a graph.
"""

import tensorflow as tf

METHODS = ("diverse", "best", "sample")
BETA = 3.0
