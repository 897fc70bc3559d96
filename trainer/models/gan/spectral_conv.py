"""Convolution with spectral normalization."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers
from keras import ops


@keras.saving.register_keras_serializable(package="atelier")
class SpectralConv2D(layers.Conv2D):
    """Convolution with its kernel divided by its largest singular value.

    One step of power iteration per batch estimates that value. The wrapper of
    Keras is not used because it overwrites the kernel in every step, which does
    not train on several replicas, and has no gradient through the division.

    Source: Miyato, Kataoka, Koyama and Yoshida, "Spectral normalization for
    generative adversarial networks", ICLR 2018.

    Example:
        conv = SpectralConv2D(64, kernel_size=4, strides=2)
        y = conv(x, training=True)

    Args:
        filters: Channels of the output.
        kernel_size: Side of the kernel, in pixels.
        strides: Stride of the kernel, in pixels.
        **kwargs: Name and dtype, as of `keras.layers.Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding="same", **kwargs
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, fewer than a `Conv2D` has."""
        return {
            **layers.Layer.get_config(self),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }

    # Those of `Conv2D` leave `direction` out of files.
    save_own_variables = layers.Layer.save_own_variables
    load_own_variables = layers.Layer.load_own_variables

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Adds the weight that estimates the first singular vector."""
        super().build(input_shape)
        self.direction = self.add_weight(
            shape=(self.filters,),
            initializer="random_normal",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
            name="direction",
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Convolves with the normalized kernel.

        Args:
            inputs: Feature maps, float [batch, height, width, channels].
            training: Whether to take a step of power iteration.
        """
        # The estimate is float32 in every compute dtype of the layer.
        kernel = ops.cast(self.kernel, "float32")
        kernel = ops.reshape(kernel, (-1, self.filters))
        fixed = ops.stop_gradient(kernel)
        left = _unit(ops.matmul(fixed, self.direction))
        right = _unit(ops.matmul(left, fixed))
        if training:
            self.direction.assign(right)
        largest = ops.vdot(left, ops.matmul(kernel, right))
        outputs = ops.conv(
            inputs,
            self.kernel / ops.cast(largest, self.compute_dtype),
            self.strides,
            self.padding,
        )
        return outputs + self.bias


def _unit(vector: Any) -> Any:
    return vector / (ops.norm(vector) + 1e-12)
