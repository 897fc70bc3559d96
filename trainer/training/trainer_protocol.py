"""What the loop asks of a model that it trains."""

from typing import Any
from typing import Protocol

import keras

Logs = dict[str, float]


class Trainable(Protocol):
    """What the loop trains.

    Attributes:
        model: The model that callbacks see.
        metrics: Running means that `train_step` updates, by name.
        checkpoint_items: All that must survive a restart, by name.
    """

    model: keras.Model
    metrics: dict[str, keras.metrics.Metric]
    checkpoint_items: dict[str, Any]

    def train_step(self, batch: Any) -> None:
        """Takes one step on one device's part of a batch."""

    def evaluate(self) -> Logs:
        """Returns validation metrics; runs after each epoch."""
