"""Adam that updates only the embedding rows that a batch looks up."""

from typing import Any

import keras
import tensorflow as tf

_OF_WHOLE_TABLES = (
    "amsgrad",
    "clipnorm",
    "clipvalue",
    "ema_overwrite_frequency",
    "global_clipnorm",
    "gradient_accumulation_steps",
    "loss_scale_factor",
    "use_ema",
    "weight_decay",
)
"""Options of Keras optimizers that read or write whole tables, or that Keras
applies to slices before those of a row are summed."""


def sum_duplicates(
    gradient: tf.Tensor | tf.IndexedSlices,
) -> tf.Tensor | tf.IndexedSlices:
    """Sums the slices of each row, so that every row comes once.

    Args:
        gradient: Gradient of looked up rows, values float [n, ...], indices int
            [n]; a dense gradient is returned as it is.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    rows, which = tf.unique(gradient.indices)
    sums = tf.math.unsorted_segment_sum(gradient.values, which, tf.size(rows))
    return tf.IndexedSlices(sums, rows, gradient.dense_shape)


@keras.saving.register_keras_serializable(package="atelier")
class LazyAdam(keras.optimizers.Adam):
    """Adam that updates only the rows with a gradient.

    The gradient of a table that is looked up is `tf.IndexedSlices`. With g_r
    the sum of the slices of row r, and t the number of steps, only these rows
    and their moments change:

        m_r <- b1 m_r + (1 - b1) g_r,  v_r <- b2 v_r + (1 - b2) g_r^2,
        w_r <- w_r - rate sqrt(1 - b2^t) / (1 - b1^t) m_r / (sqrt(v_r) + eps).

    All other rows keep their bits, so that time and memory traffic of a step
    depend on the batch, not on the size of the table. Adam instead decays the
    moments of all rows, and moves all rows by them, in each step. Where every
    row has a gradient, or the gradient is dense, both are the same.

    The lookup has to read single rows too, as `EmbeddingTable` does.

    Source: `LazyAdam` of TensorFlow Addons (no longer maintained), here with
    summed slices.

    Example:
        model.compile(LazyAdam(1e-3), loss)

    Args:
        learning_rate: Learning rate, or its schedule.
        beta_1: Decay b1 of the average of the gradients.
        beta_2: Decay b2 of the average of the squared gradients.
        epsilon: Constant eps against a division by zero.
        name: Name of the optimizer.
        **kwargs: Further arguments of `keras.optimizers.Adam`, of which those
            that need whole tables may only be off.

    Raises:
        ValueError: If an argument needs whole tables.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        name: str = "lazy_adam",
        **kwargs: Any,
    ) -> None:
        for option in _OF_WHOLE_TABLES:
            if kwargs.get(option):
                raise ValueError(
                    f"`LazyAdam` updates rows without `{option}`, received: "
                    f"{kwargs[option]}; use `keras.optimizers.Adam`"
                )
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, name=name, **kwargs
        )

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        """Updates a variable, or the rows that have a gradient.

        Args:
            gradient: Gradient, a tensor or slices of rows.
            variable: Variable to update, float.
            learning_rate: Learning rate, a float scalar.
        """
        if not isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        # Sums again over the replicas, whose slices are concatenated.
        summed = sum_duplicates(gradient)
        rows, values = summed.indices, tf.cast(summed.values, variable.dtype)
        index = self._get_variable_index(variable)
        m, v = (
            _average(moments[index].value, rows, new, decay)
            for moments, new, decay in (
                (self._momentums, values, self.beta_1),
                (self._velocities, tf.square(values), self.beta_2),
            )
        )
        step = tf.cast(self.iterations.value + 1, variable.dtype)
        rate = tf.cast(learning_rate, variable.dtype)
        rate *= tf.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        change = rate * m / (tf.sqrt(v) + self.epsilon)
        variable.scatter_sub(tf.IndexedSlices(change, rows))


def _average(moments: Any, rows: Any, new: Any, decay: float) -> Any:
    """Updates the exponential moving averages of rows, and returns them."""
    kept = tf.gather(moments, rows)
    averages = kept + (new - kept) * (1 - decay)
    moments.scatter_update(tf.IndexedSlices(averages, rows))
    return averages
