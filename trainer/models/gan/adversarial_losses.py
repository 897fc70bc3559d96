"""What generator and discriminator want of each other."""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops


@dataclasses.dataclass(frozen=True)
class Loss:
    """A pair of losses, each the mean of what is given.

    Attributes:
        discriminator: Of the scores of photos and of designs, float [...]
            each, to a scalar.
        generator: Of the scores of designs, to a scalar.
    """

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]


def _least_squares(real: Any, made: Any) -> Any:
    """Photos are to score 1, designs 0 (Mao et al. 2017)."""
    return (ops.mean((real - 1) ** 2) + ops.mean(made**2)) / 2


def _fool_least_squares(made: Any) -> Any:
    return ops.mean((made - 1) ** 2)


def _hinge(real: Any, made: Any) -> Any:
    """Photos are to score 1 or more, designs -1 or less (Lim and Ye 2017)."""
    return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + made))


def _fool_hinge(made: Any) -> Any:
    return -ops.mean(made)


LOSSES = {
    "least_squares": Loss(_least_squares, _fool_least_squares),
    "hinge": Loss(_hinge, _fool_hinge),
}
"""By the name that `--loss` takes."""
