"""Adversarial losses of generator and discriminator."""

import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops


@dataclasses.dataclass(frozen=True)
class Loss:
    """A discriminator loss and a generator loss, each a mean over the scores.

    Attributes:
        discriminator: Function of the scores of real and of generated images,
            float [...] each, that returns a scalar.
        generator: Function of the scores of generated images, float [...], that
            returns a scalar.
    """

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]


def _least_squares(real: Any, made: Any) -> Any:
    """Target 1 for real images, 0 for generated ones (Mao et al. 2017)."""
    return (ops.mean((real - 1) ** 2) + ops.mean(made**2)) / 2


def _fool_least_squares(made: Any) -> Any:
    return ops.mean((made - 1) ** 2)


def _hinge(real: Any, made: Any) -> Any:
    """Real scores >= 1, generated scores <= -1 cost 0 (Lim and Ye 2017)."""
    return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + made))


def _fool_hinge(made: Any) -> Any:
    return -ops.mean(made)


LOSSES = {
    "least_squares": Loss(_least_squares, _fool_least_squares),
    "hinge": Loss(_hinge, _fool_hinge),
}
"""Losses by the name that `--loss` takes."""
