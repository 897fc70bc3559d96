"""Adam with a separate learning rate for the backbone, and its schedules."""

from typing import Any

import keras
from keras import ops
from keras.optimizers import schedules

from trainer.training.lazy_adam import LazyAdam

EPSILON = 1e-8
"""Epsilon of Adam: the default of TensorFlow 1, as in the authors' code."""


class DelayedSchedule(schedules.LearningRateSchedule):
    """Learning rate of zero for the first steps, then a given schedule.

    At a rate of zero Adam leaves weights unchanged to the last bit, but already
    estimates the moments of their gradients.

    Example:
        schedule = DelayedSchedule(warmup_cosine_decay(1e-3, 900), delay=100)
        optimizer = keras.optimizers.Adam(schedule)

    Args:
        schedule: Schedule after the delay.
        delay: Number of steps at a rate of zero.
    """

    def __init__(
        self, schedule: schedules.LearningRateSchedule, delay: int
    ) -> None:
        super().__init__()
        self._schedule = schedule
        self._delay = delay

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate at a step, a float scalar."""
        rate = self._schedule(ops.maximum(step - self._delay, 0))
        return ops.where(step < self._delay, ops.zeros_like(rate), rate)


def warmup_cosine_decay(
    rate: float, steps: int, warmup_steps: int = 0, final_share: float = 1.0
) -> schedules.LearningRateSchedule:
    """Returns a schedule of linear warmup and cosine decay.

    Args:
        rate: Peak learning rate.
        steps: Number of steps of the whole schedule, including the warmup.
        warmup_steps: Number of first steps, in which the rate rises from zero.
        final_share: Final learning rate as a fraction of `rate`; 1 for no
            decay.
    """
    return schedules.CosineDecay(
        0.0,
        max(1, steps - warmup_steps),
        alpha=final_share,
        warmup_target=rate,
        warmup_steps=warmup_steps,
    )


def build_optimizer(
    model: keras.Model,
    backbone: keras.Model,
    rate: schedules.LearningRateSchedule,
    backbone_rate: schedules.LearningRateSchedule,
    lazy: bool = False,
) -> keras.optimizers.Optimizer:
    """Builds one Adam for the backbone and one for the rest of the model.

    Adam is invariant to the scale of gradients, so scaling those of the
    backbone would not slow it: each group has its own learning rate. Both count
    all steps.

    Args:
        model: Model to train.
        backbone: Part of the model to train at `backbone_rate`.
        rate: Learning rate of the rest of the model.
        backbone_rate: Learning rate of the backbone.
        lazy: Whether only the rows of a batch are updated in the embedding
            tables of the rest of the model.

    Returns:
        The optimizer, built for the trainable variables of the model.
    """
    of_backbone, of_rest = (
        optimizer_type(schedule, epsilon=EPSILON, name=name)
        # TensorBoard shows their learning rates by these names.
        for optimizer_type, name, schedule in (
            (keras.optimizers.Adam, "backbone", backbone_rate),
            (LazyAdam if lazy else keras.optimizers.Adam, "towers", rate),
        )
    )
    slow = {id(variable) for variable in backbone.trainable_variables}
    optimizer = keras.optimizers.MultiOptimizer(
        lambda variable: of_backbone if id(variable) in slow else of_rest
    )
    # As an attribute, the two are tracked by checkpoints.
    optimizer.parts = (of_backbone, of_rest)
    optimizer.build(model.trainable_variables)
    return optimizer
