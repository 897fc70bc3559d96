"""How much less designs of a category differ than its photos do.

Without it a generator that is told the category soon draws one shape of each:
on H&M photos its designs lay half as far apart as the photos
(docs/designs.md).

Source: Yang, Hong, Jang, Zhao and Lee, "Diversity-sensitive conditional
generative adversarial networks", ICLR 2019. The distances are taken between
what the discriminator looks at, not between pixels, and those of photos, not a
bound to be chosen, say how large they should be.
"""

from typing import Any

import keras
from keras import ops


def differences(look: Any) -> list[Any]:
    """Returns how much the two of each pair differ.

    Rows 0 and 1, 2 and 3, ... are pairs, of one category and changed alike.

    Args:
        look: What the discriminator looks at: one map, or several, float
            [batch, h, w, width] each. The batch is even.

    Returns:
        Of each map the mean absolute difference, float [batch / 2].
    """
    return [
        ops.mean(ops.abs(one[::2] - one[1::2]), axis=(1, 2, 3))
        for one in keras.tree.flatten(look)
    ]


def lack_of_diversity(made: list[Any], photos: list[Any]) -> Any:
    """Returns what designs lack of the differences between photos.

    For each map, with d the differences of its pairs,

        mean over pairs of max(0, 1 - d(made) / mean of d(photos))

    Args:
        made: Differences of designs, float [pairs] for each map.
        photos: Mean difference of photos, a scalar for each map.

    Returns:
        The mean over the maps, from 0 (designs differ as photos do) to 1 (they
        are all the same), a scalar.
    """
    lacks = [
        ops.mean(ops.relu(1.0 - one / usual))
        for one, usual in zip(made, photos, strict=True)
    ]
    return sum(lacks) / len(lacks)
