"""A convolution that magnifies nothing."""

from typing import Any

from keras import layers
from keras import ops


class SpectralConv2D(layers.Conv2D):
    """A convolution whose kernel is divided by its largest singular value.

    That value is found by one step of power iteration a batch. Keras's own
    wrapper overwrites the kernel in every step, which does not train on several
    devices, and takes no gradient through the division.

    Source: Miyato, Kataoka, Koyama and Yoshida, "Spectral normalization for
    generative adversarial networks", ICLR 2018.

    Args:
        filters: Channels of what comes out.
        kernel_size: Side of the kernel.
        strides: Step of the kernel.
    """

    def __init__(
        self, filters: int, kernel_size: int, strides: int = 1
    ) -> None:
        super().__init__(filters, kernel_size, strides, padding="same")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Adds the direction in which the kernel magnifies most."""
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
        """Convolves.

        Args:
            inputs: float [batch, height, width, channels].
            training: Whether to take a step of power iteration.
        """
        # Whatever the layer computes in, the norm is followed in float32.
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
