"""Named presets of `GanConfig`."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "best": {},
    # A trial: a lighter generator with an encoder, which restyles in one pass.
    # Not measured at these values yet (docs/designs.md).
    "light": {
        "generator": "light",
        "generator_width": 48,
        "z_dim": 96,
        "reconstruction_weight": 10.0,
        "learning_rate": 1e-3,
        "discriminator_learning_rate": 5e-4,
    },
    # Networks and hyperparameters of the released code (Kang et al. 2017); 30
    # epochs over the 166,270 images of its data are 311,730 steps.
    "paper": {
        "generator": "paper",
        "generator_width": 64,
        "discriminator": "paper",
        "discriminator_width": 64,
        "loss": "least_squares",
        "diversity_loss_weight": 0.0,
        "augmentation": "none",
        "ema_decay": 0.0,
        "batch_size": 16,
        "steps": 312_000,
        "learning_rate": 1e-4,
        "beta_1": 0.5,
    },
}
"""Overrides of the defaults of `GanConfig`, by preset name."""
