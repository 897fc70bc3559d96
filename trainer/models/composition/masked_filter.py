"""Filters of the pixels inside a mask."""

import numpy as np
from scipy import ndimage


def blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Applies a Gaussian blur to each channel.

    Args:
        values: Image, float32 [height, width, channels].
        sigma: Standard deviation, in pixels.

    Returns:
        The blurred image, float32 [height, width, channels].
    """
    result: np.ndarray = ndimage.gaussian_filter(
        values, (sigma, sigma, 0), truncate=3.0
    )
    return result


def masked_blur(
    values: np.ndarray, weights: np.ndarray, sigma: float
) -> np.ndarray:
    """Applies a Gaussian blur that sees only the weighted pixels.

    This is normalized convolution: blur(w x) / blur(w).

    Args:
        values: Image, float32 [height, width, channels].
        weights: Weights w, float32 [height, width, 1].
        sigma: Standard deviation, in pixels.

    Returns:
        The blurred image, float32 [height, width, channels].
    """
    total = np.maximum(blur(weights, sigma), 1e-6)
    return blur(values * weights, sigma) / total


def extend(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Gives each unknown pixel the value of the nearest known one.

    Args:
        values: Image, float32 [height, width, channels].
        known: True for the known pixels, at least one, bool [height, width].

    Returns:
        The extended image, float32 [height, width, channels].
    """
    nearest = ndimage.distance_transform_edt(
        ~known, return_distances=False, return_indices=True
    )
    extended: np.ndarray = values[tuple(nearest)]
    return extended
