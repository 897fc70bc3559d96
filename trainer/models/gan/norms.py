"""Batch normalisation, over all devices and with gains of a condition."""

from typing import Any

import keras
from keras import layers


def batch_norm(**options: Any) -> layers.Layer:
    """Returns the batch normalisation of the paper's released code.

    Args:
        **options: Others of `keras.layers.BatchNormalization`.
    """
    return layers.BatchNormalization(
        momentum=0.9,
        epsilon=1e-5,
        # Over all devices of TensorFlow, which would else keep a mean each;
        # other backends know no such option.
        synchronized=keras.backend.backend() == "tensorflow",
        **options,
    )


class ConditionalNorm(layers.Layer):
    """Batch normalisation whose gain and offset a condition decides.

    Source: Dumoulin et al. 2017; de Vries et al. 2017; with z as a part of the
    condition, Brock, Donahue and Simonyan 2019.

    Args:
        channels: Of the maps.
        condition_dim: Width of the condition.
    """

    def __init__(self, channels: int, condition_dim: int) -> None:
        super().__init__()
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

    def call(self, x: Any, condition: Any, training: bool = False) -> Any:
        """Normalises maps.

        Args:
            x: float [batch, height, width, channels].
            condition: float [batch, condition_dim].
            training: Whether statistics of the batch are used.
        """
        gain = 1 + self.gain(condition)[:, None, None]
        offset = self.offset(condition)[:, None, None]
        return self.norm(x, training=training) * gain + offset
