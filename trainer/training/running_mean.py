"""Running mean that several workers may update at the same time."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atelier")
class RunningMean(keras.metrics.Mean):
    """`keras.metrics.Mean` whose updates are atomic.

    Keras reads a sum and writes it back increased, so that of two updates on a
    parameter server at the same time one is lost, from the sum or the count.

    Example:
        loss = RunningMean(name="loss")
        loss.update_state([0.5, 0.7])
        print(loss.result())
    """

    def update_state(self, values: Any) -> None:
        """Adds values to the mean.

        Args:
            values: Values, float, any shape.
        """
        values = ops.cast(values, self.dtype)
        self.total.value.assign_add(ops.sum(values))
        self.count.value.assign_add(ops.cast(ops.size(values), self.dtype))
