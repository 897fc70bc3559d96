"""Feature extractor of the metrics of generated images.

All generative metrics share these features, so that values of one report are
comparable. They are not comparable with FID and KID of papers, which use
another network (Inception-v3) at another image size.
"""

import functools

import keras
import numpy as np

from trainer.models.backbones.efficientnet_lite0 import FEATURES
from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.layers.resize import resized

SIDE = 128
"""Side in pixels that images are resized to for the network.

For images of 64 pixels it classifies categories almost as well as with the 224
pixels of ImageNet (61 and 67 % of the images in the repository), in a third of
the time.
"""
EXTRACTOR = f"EfficientNet-Lite0 of ImageNet at {SIDE} px, bilinear"
_BATCH = 64


def extract_features(images: np.ndarray) -> np.ndarray:
    """Computes the features of images.

    Real images must have the size of the generated images that they are
    compared with; otherwise the resolution alone makes a difference.

    Args:
        images: RGB images in [-1, 1], float32 [n, size, size, 3].

    Returns:
        Features, float32 [n, 1280].
    """
    if not len(images):
        return np.zeros((0, FEATURES), np.float32)
    features: np.ndarray = _network(images.shape[1]).predict(
        images, batch_size=_BATCH, verbose=0
    )
    return features


@functools.cache
def _network(size: int) -> keras.Model:
    """Builds the network for images of a size; cached per size."""
    images = keras.Input((size, size, 3))
    features = efficientnet_lite0(SIDE)(resized(images, SIDE))
    return keras.Model(images, features)
