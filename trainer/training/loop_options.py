"""How long a run trains, and what of it is kept."""

import dataclasses

MAX_STEPS = "after so many training ends, wherever the epoch is; 0: none"
PATIENCE = "epochs without a better one after which training ends; 0: none"
"""What `--help` says of the two flags."""


@dataclasses.dataclass(frozen=True)
class LoopOptions:
    """How long to train and what to keep.

    Attributes:
        epochs: How many times `evaluate` is called.
        steps_per_epoch: Steps between two calls.
        checkpoint_every_steps: Steps between checkpoints within an epoch.
        best_metric: The checkpoint with the best value of it is kept.
        best_is_least: Whether the smallest value is the best, not the largest.
        patience: Epochs without a better value after which training ends; 0:
            none.
        max_steps: Training ends after so many, if they are less than all; 0:
            none.
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
        """Steps of the whole run."""
        steps = self.epochs * self.steps_per_epoch
        return min(steps, self.max_steps) if self.max_steps else steps
