"""Principal components (PCA) of image features, as a Keras layer."""

from typing import Any

import keras
import numpy as np
from keras import layers
from keras import ops

WHITENING = 0.5
"""Whitening exponent: 0 keeps the variances, 1 makes all variances equal."""


def principal_axes(
    centered: np.ndarray, num_axes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Computes the axes of the largest variances, the largest last.

    Args:
        centered: Features of mean zero, float [items, F].
        num_axes: Maximum number of axes, at least 1.

    Returns:
        The variances along the axes, float64 [min(F, number)], and the axes, of
        unit length and arbitrary sign, float64 [F, min(F, number)].
    """
    covariance = centered.T @ centered / len(centered)
    variances, axes = np.linalg.eigh(covariance.astype(np.float64))
    return variances[-num_axes:], axes[:, -num_axes:]


@keras.saving.register_keras_serializable(package="atelier")
class PrincipalComponents(layers.Layer):
    """Projects features to their first principal components, at unit length.

    Fitted once to the pretrained features of the catalog and fixed afterwards;
    gradients pass through to the backbone. The dot product of two outputs is
    the cosine similarity of VisRank, from which an item tower projection that
    is initialized as the identity starts to train.

    Example:
        pca = PrincipalComponents(64)
        pca.build((None, 1280))
        pca.fit(features)
        components = pca(features)

    Args:
        size: Number of components.
        trainable: Whether the components are trained after the fit.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self, size: int, trainable: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, **kwargs)
        self.size = size

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "size": self.size}

    def build(self, shape: tuple[int | None, int]) -> None:
        """Creates the weights, for features float [batch, shape[1]]."""
        self.mean = self.add_weight(shape=(shape[1],), name="mean")
        self.components = self.add_weight(
            shape=(shape[1], self.size), name="components"
        )

    def fit(self, features: np.ndarray) -> None:
        """Fits the components to the features of a catalog.

        Args:
            features: Features of all items, float [items, F].
        """
        values = features.astype(np.float64)
        mean = values.mean(axis=0)
        variances, axes = principal_axes(values - mean, self.size)
        # The largest come first here. Axes without variance stay zero:
        # whitening would scale up their numerical noise.
        variances, axes = variances[::-1], axes[:, ::-1]
        varies = variances > 1e-9 * max(variances[0], 1e-9)
        scales = np.zeros_like(variances)
        scales[varies] = variances[varies] ** (-WHITENING / 2)
        components = np.zeros(self.components.shape)
        components[:, : len(scales)] = axes * scales
        # Fixes the sign of each eigenvector, which is arbitrary.
        signs = np.sign(
            components[
                np.abs(components).argmax(axis=0), range(len(components[0]))
            ]
        )
        self.mean.assign(mean)
        self.components.assign(components * np.where(signs == 0, 1, signs))

    def call(self, features: Any) -> Any:
        """Returns unit vectors, float [batch, size].

        Args:
            features: Image features, float [batch, F].
        """
        projected = ops.matmul(features - self.mean, self.components)
        return ops.normalize(projected, axis=-1, epsilon=1e-6)
