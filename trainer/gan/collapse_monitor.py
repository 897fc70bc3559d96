"""Warnings about mode collapse and a saturated discriminator."""

import logging

import keras

from trainer.gan.validation import DIVERSITY

_logger = logging.getLogger(__name__)

LEAST_DIVERSITY = 0.2
LEAST_LOSS = 0.02


class CollapseMonitor(keras.callbacks.Callback):
    """Logs a warning after a snapshot that shows a failing GAN.

    Training continues, and the best checkpoint is kept. Non-finite metrics
    are handled by the training loop, which stops the run.

    Example:
        monitor = CollapseMonitor()
        monitor.on_epoch_end(
            0,
            {"step": 10, "val_diversity": 0.05, "discriminator_loss": 0.4},
        )  # Warns of mode collapse.
    """

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Warns of mode collapse or a discriminator loss close to 0.

        Args:
            epoch: Index of the snapshot, from 0.
            logs: Metrics of the snapshot, by name: `step`, `val_diversity`
                and `discriminator_loss` are read.
        """
        logs = logs or {}
        step = f"at step {logs['step']:.0f}"
        if logs[DIVERSITY] < LEAST_DIVERSITY:
            _logger.warning(
                f"{step} the generated images of a category are "
                f"only {logs[DIVERSITY]:.0%} as diverse as its real images; "
                "if this persists, the generator has collapsed (mode "
                "collapse): lower --learning_rate and train a new --run_dir"
            )
        if logs["discriminator_loss"] < LEAST_LOSS:
            _logger.warning(
                f"{step} the discriminator separates all generated "
                f"and real images (loss {logs['discriminator_loss']:.3f}), so "
                "the generator learns little: set "
                "--discriminator_learning_rate below --learning_rate and "
                "train a new --run_dir"
            )
