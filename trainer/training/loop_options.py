"""Options of the training loop."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LoopOptions:
    """Length of a training run, checkpoint interval and early stopping.

    Attributes:
        epochs: Number of epochs; each ends with a call of `evaluate`.
        steps_per_epoch: Number of steps per epoch.
        checkpoint_every_steps: Number of steps between checkpoints within an
            epoch.
        best_metric: Name of the metric that selects the best checkpoint.
        best_is_least: Whether the smallest value is the best, not the largest.
        patience: Number of epochs without improvement after which training
            stops; 0 for no early stopping.
        max_steps: Maximum number of steps; 0 for no limit.
    """

    epochs: int
    steps_per_epoch: int
    checkpoint_every_steps: int
    best_metric: str
    best_is_least: bool = False
    patience: int = 0
    max_steps: int = 0

    @property
    def steps(self) -> int:
        """Number of steps of the whole run."""
        steps = self.epochs * self.steps_per_epoch
        return min(steps, self.max_steps) if self.max_steps else steps
