"""Ranking losses of an item among candidates, as Keras losses, by name.

All take the same arguments, float [pairs, candidates]:

- `y_true`: 1 for the pair's item, once in each row, 0 for negatives, and -1 for
  candidates that do not count, such as other items of the same user.
- `y_pred`: Scores of the candidates.

The reduction is Keras's: by default the mean over the pairs. The papers sum
over a batch, `reduction="sum"`; beside the mean, L2 penalties are to be divided
by the number of pairs.
"""

import keras

from trainer.models.losses.bpr import BPR
from trainer.models.losses.sampled_softmax import SampledSoftmax
from trainer.models.losses.warp import WARP

LOSSES: dict[str, type[keras.losses.Loss]] = {
    "bpr": BPR,
    "softmax": SampledSoftmax,
    "warp": WARP,
}
"""Losses by the name that `--loss` takes."""
