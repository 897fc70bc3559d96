"""The directions along which the features of a catalogue differ most."""

import numpy as np


def principal_axes(
    centred: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the axes of the largest variances, the largest last.

    Args:
        centred: Features of mean zero, float [items, F].
        number: How many axes, at least 1; there are no more than F.

    Returns:
        The variances along the axes, float64 [min(F, number)], and the axes, of
        unit length and of whatever sign, float64 [F, min(F, number)].
    """
    covariance = centred.T @ centred / len(centred)
    variances, axes = np.linalg.eigh(covariance.astype(np.float64))
    return variances[-number:], axes[:, -number:]
