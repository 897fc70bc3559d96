"""Says so where a GAN goes wrong in one of its usual ways."""

import keras

from trainer.gan.validation import DIVERSITY

LEAST_DIVERSITY = 0.2
LEAST_LOSS = 0.02


class CollapseMonitor(keras.callbacks.Callback):
    """Warns after a snapshot, in a sentence; the best checkpoint stays.

    Numbers that are no longer finite stop a run; the loop sees to that.
    """

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Warns where designs are all alike, or the discriminator errs never.

        Args:
            epoch: Number of the snapshot, from 0.
            logs: Its metrics.
        """
        logs = logs or {}
        step = f"at step {logs['step']:.0f}"
        if logs[DIVERSITY] < LEAST_DIVERSITY:
            print(
                f"\nwarning: {step} the designs of a category differ by "
                f"{logs[DIVERSITY]:.0%} of what its photos do; if that goes "
                "on, the generator has collapsed: lower --learning_rate, with "
                "a new --run_dir"
            )
        if logs["discriminator_loss"] < LEAST_LOSS:
            print(
                f"\nwarning: {step} the discriminator tells all designs from "
                f"photos (loss {logs['discriminator_loss']:.3f}), so the "
                "generator learns little: give a --discriminator_learning_rate "
                "below --learning_rate, with a new --run_dir"
            )
