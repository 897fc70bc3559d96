"""Learning-rate schedules: linear warmup, cosine decay, delay."""

from typing import Any

from keras import ops
from keras.optimizers import schedules


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
