"""Reconstruction loss: how far an image drawn from its code is from itself."""

from typing import Any

from keras import ops

from trainer.models.layers.resize import resized

COARSE = 16
"""Side of the smaller images that are compared, in pixels."""


def feature_distance(made: list[Any], photos: list[Any], usual: Any) -> Any:
    """Returns the distance of images in features, relative to other images.

    Args:
        made: Features of the reconstructions, float [batch, h, w, width] for
            each map.
        photos: Features of the images, of the same shapes.
        usual: Mean difference of two real images, a scalar for each map.

    Returns:
        The mean over the maps, a scalar: 0 for equal images, about 1 for images
        as different as two real ones of a category.
    """
    distances = [
        ops.mean(ops.abs(one - other)) / typical
        for one, other, typical in zip(made, photos, usual, strict=True)
    ]
    return sum(distances) / len(distances)


def pixel_distance(made: Any, photos: Any) -> Any:
    """Returns the L1 distance of images, at full size and at 16 pixels.

    Args:
        made: Reconstructions in [-1, 1], float [batch, size, size, 3].
        photos: Images, of the same shape.

    Returns:
        Sum of the two mean absolute differences, a scalar.
    """
    coarse = min(COARSE, made.shape[1])
    sides = (made, photos), (resized(made, coarse), resized(photos, coarse))
    return sum(ops.mean(ops.abs(one - other)) for one, other in sides)
