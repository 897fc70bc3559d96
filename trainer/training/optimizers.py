"""Adam, with a rate of its own for the backbone, and how rates move."""

from typing import Any

import keras
from keras import ops
from keras.optimizers import schedules

EPSILON = 1e-8
"""Adam's, as in TensorFlow 1, which the authors' code left as it was."""


class DelayedSchedule(schedules.LearningRateSchedule):
    """Zero for the first steps, then a schedule from its start.

    Adam's steps of length zero leave weights as they are to the last bit,
    while its moments learn how large their gradients are.

    Args:
        schedule: The schedule.
        delay: Steps before it.
    """

    def __init__(
        self, schedule: schedules.LearningRateSchedule, delay: int
    ) -> None:
        super().__init__()
        self._schedule = schedule
        self._delay = delay

    def __call__(self, step: Any) -> Any:
        """Returns the rate at a step, a scalar."""
        rate = self._schedule(ops.maximum(step - self._delay, 0))
        return ops.where(step < self._delay, ops.zeros_like(rate), rate)


def warmup_cosine_decay(
    rate: float, steps: int, warmup_steps: int = 0, final_share: float = 1.0
) -> schedules.LearningRateSchedule:
    """Returns a linear warm-up followed by half a cosine.

    Args:
        rate: The highest learning rate.
        steps: After so many it is at its end.
        warmup_steps: The first of them, in which it rises from zero.
        final_share: What it falls to, as a share of `rate`; at 1 it stays.
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
) -> keras.optimizers.Optimizer:
    """Builds one Adam for the backbone and one for the rest of the model.

    A gradient scaled down would not slow Adam, which divides by its size: so
    each group has a learning rate of its own. Both count all steps.

    Args:
        model: All that is trained.
        backbone: The part of it that `backbone_rate` is for.
        rate: The learning rate of the rest.
        backbone_rate: That of the backbone.

    Returns:
        The optimiser, built for the trainable variables of the model.
    """
    of_backbone, of_rest = (
        keras.optimizers.Adam(one, epsilon=EPSILON, name=name)
        # TensorBoard shows their learning rates by these names.
        for name, one in (("backbone", backbone_rate), ("towers", rate))
    )
    slow = {id(variable) for variable in backbone.trainable_variables}
    optimizer = keras.optimizers.MultiOptimizer(
        lambda variable: of_backbone if id(variable) in slow else of_rest
    )
    # It keeps the two where checkpoints do not find them.
    optimizer.parts = (of_backbone, of_rest)
    optimizer.build(model.trainable_variables)
    return optimizer
