"""Pretrained features as directions whose products are visual similarity."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

WHITENING = 0.5
"""0 keeps the variance of each component, 1 makes all variances equal."""


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


class PrincipalComponents(layers.Layer):
    """Projects features to their first principal components, of unit length.

    Fitted once to the pretrained features of the catalogue, and fixed from
    then on; gradients pass through to the backbone. The product of two outputs
    is the cosine similarity by which VisRank ranks: a projection that starts
    as the identity trains from there.

    Args:
        size: Number of components.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        self._size = size

    def build(self, shape: tuple[int | None, int]) -> None:
        """Makes the weights, for features float [batch, shape[1]]."""
        self.mean = self.add_weight(shape=(shape[1],), name="mean")
        self.components = self.add_weight(
            shape=(shape[1], self._size), name="components"
        )

    def fit(self, features: np.ndarray) -> None:
        """Sets the weights.

        Args:
            features: Of the catalogue, float [items, F].
        """
        values = features.astype(np.float64)
        mean = values.mean(axis=0)
        variances, axes = principal_axes(values - mean, self._size)
        # The largest come first here. What does not vary is left out: scaling
        # its noise up would make it count.
        variances, axes = variances[::-1], axes[:, ::-1]
        varies = variances > 1e-9 * max(variances[0], 1e-9)
        scales = np.zeros_like(variances)
        scales[varies] = variances[varies] ** (-WHITENING / 2)
        components = np.zeros(self.components.shape)
        components[:, : len(scales)] = axes * scales
        # The sign of an eigenvector is the library's whim.
        signs = np.sign(
            components[
                np.abs(components).argmax(axis=0), range(len(components[0]))
            ]
        )
        self.mean.assign(mean)
        self.components.assign(components * np.where(signs == 0, 1, signs))

    def call(self, features: Any) -> Any:
        """Returns unit vectors, float [batch, size]."""
        projected = ops.matmul(features - self.mean, self.components)
        return ops.normalize(projected, axis=-1, epsilon=1e-6)


def scaled_identity(scale: float) -> keras.initializers.Initializer:
    """Returns an initialiser of kernels that pass on the first components.

    Args:
        scale: What the identity is multiplied by.
    """
    return keras.initializers.Identity(gain=scale)
