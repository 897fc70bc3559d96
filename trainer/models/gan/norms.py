"""Batch normalization: synchronized over replicas, and conditional."""

from typing import Any

import keras
from keras import layers


def batch_norm(**options: Any) -> layers.Layer:
    """Returns the batch normalization of the paper's released code.

    Args:
        **options: Further arguments of `keras.layers.BatchNormalization`.
    """
    return layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        # Averages over all replicas of TensorFlow, each of which would
        # otherwise keep its own; other backends lack the option.
        synchronized=keras.backend.backend() == "tensorflow",
        **options,
    )


@keras.saving.register_keras_serializable(package="atelier")
class ConditionalNorm(layers.Layer):
    """Batch normalization with gain and offset computed from a condition.

    Source: Dumoulin et al. 2017; de Vries et al. 2017; with z as a part of the
    condition, Brock, Donahue and Simonyan 2019.

    Example:
        norm = ConditionalNorm(channels=64, condition_dim=128)
        y = norm(x, condition, training=True)

    Args:
        channels: Number of channels of the maps.
        condition_dim: Width of the condition.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self, channels: int, condition_dim: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._condition_dim = condition_dim
        self.norm = batch_norm(center=False, scale=False)
        self.gain, self.offset = (
            layers.Dense(
                channels,
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.02),
            )
            for _ in range(2)
        )
        self.norm.build((None, None, None, channels))
        self.gain.build((None, condition_dim))
        self.offset.build((None, condition_dim))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "channels": self.gain.units,
            "condition_dim": self._condition_dim,
        }

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        """Normalizes feature maps.

        Args:
            x: Feature maps, float [batch, height, width, channels].
            condition: Condition vectors, float [batch, condition_dim].
            training: Whether to use batch statistics.
        """
        gain = 1 + self.gain(condition)[:, None, None]
        offset = self.offset(condition)[:, None, None]
        return self.norm(x, training=training) * gain + offset
