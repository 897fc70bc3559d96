"""Dropout of whole modalities of an item, and their absence."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers
from keras import ops


@keras.saving.register_keras_serializable(package="atelier")
class ModalityDropout(layers.Layer):
    """Drops modalities at random in training, and scales the remaining ones.

    The features of an item are the concatenated features of its modalities;
    one that the item lacks is all zeros. If m of M modalities are left, their
    features are scaled by M / m, so that scores of items with different
    modalities compare. At least one modality is left.

    Example:
        layer = ModalityDropout(0.2, sizes=(256, 64))
        features = layer(features, training=True)

    Args:
        rate: Fraction of the modalities that are dropped.
        sizes: Number of features of each modality.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self, rate: float, sizes: Sequence[int], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rate, self.sizes = rate, tuple(sizes)
        self.seed_generator = keras.random.SeedGenerator()

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "rate": self.rate,
            "sizes": list(self.sizes),
        }

    def call(self, features: Any, training: bool = False) -> Any:
        """Drops and scales the modalities of items.

        Args:
            features: Features of the items, float [n, sum(sizes)].
            training: Whether modalities are dropped.

        Returns:
            Scaled features, of the shape of `features`.
        """
        ends = [sum(self.sizes[: i + 1]) for i in range(len(self.sizes) - 1)]
        blocks = ops.split(features, ends, axis=1)
        present = ops.stack(
            [ops.any(block != 0, axis=1) for block in blocks], axis=1
        )
        if training and self.rate:
            draws = keras.random.uniform(
                ops.shape(present), seed=self.seed_generator
            )
            draws = ops.where(present, draws, -1.0)
            highest = ops.max(draws, axis=1, keepdims=True)
            present = present & ((draws >= self.rate) | (draws == highest))
        kept = ops.cast(present, features.dtype)
        num_kept = ops.maximum(ops.sum(kept, axis=1, keepdims=True), 1.0)
        scales = kept * (len(self.sizes) / num_kept)
        return features * ops.concatenate(
            [
                ops.repeat(scales[:, i : i + 1], size, axis=1)
                for i, size in enumerate(self.sizes)
            ],
            axis=1,
        )
