"""Diversity loss against mode collapse within a category.

Without it a conditional generator soon generates one shape per category: on H&M
images its images were half as far apart as the real ones (docs/designs.md).

Source: Yang, Hong, Jang, Zhao and Lee, "Diversity-sensitive conditional
generative adversarial networks", ICLR 2019. Here distances are between
discriminator features, not pixels, and their target is the distance of real
images, not a chosen bound.
"""

from typing import Any

import keras
from keras import ops


def differences(look: Any) -> list[Any]:
    """Returns the mean absolute difference of each pair of images.

    Rows 0 and 1, 2 and 3, ... are pairs of the same category and augmentation.

    Args:
        look: Input of the discriminator's heads: one map or several, float
            [batch, h, w, width] each, with an even batch size.

    Returns:
        Mean absolute differences of the pairs, float [batch / 2] for each map.
    """
    return [
        ops.mean(ops.abs(one[::2] - one[1::2]), axis=(1, 2, 3))
        for one in keras.tree.flatten(look)
    ]


def lack_of_diversity(made: list[Any], photos: list[Any]) -> Any:
    """Returns the diversity that generated images lack relative to real ones.

    For each map, with d the differences of its pairs,

        mean over pairs of max(0, 1 - d(generated) / mean of d(real))

    Args:
        made: Differences of generated images, float [pairs] for each map.
        photos: Mean difference of real images, a scalar for each map.

    Returns:
        The mean over the maps, a scalar from 0 (as diverse as real images) to 1
        (all generated images are equal).
    """
    lacks = [
        ops.mean(ops.relu(1.0 - one / usual))
        for one, usual in zip(made, photos, strict=True)
    ]
    return sum(lacks) / len(lacks)
