"""Protocol between the training loop and the trainers of models."""

from typing import Any
from typing import Protocol

import keras

Logs = dict[str, float]


class Trainable(Protocol):
    """Protocol of trainers that the training loop runs.

    Attributes:
        model: Model that is passed to callbacks.
        metrics: Running metrics that `train_step` updates, by name.
        checkpoint_items: Trackable objects to save in checkpoints, by name.
    """

    model: keras.Model
    metrics: dict[str, keras.metrics.Metric]
    checkpoint_items: dict[str, Any]

    def train_step(self, batch: Any) -> None:
        """Runs one training step on the part of a batch of one replica."""

    def evaluate(self) -> Logs:
        """Computes validation metrics, at the end of each epoch."""
