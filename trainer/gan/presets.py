"""Named presets of `GanConfig`."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "best": {},
    # Cuts in gray: less to learn than photos, so smaller networks do.
    "cuts": {
        "generator": "cut",
        "generator_width": 48,
        "z_dim": 48,
        "discriminator_side": 64,
        "diversity_loss_weight": 0.0,
        "redraw_loss_weight": 4.0,
        "augmentation": "translation,cutout",
        "min_images_per_category": 60,
        "validation_photos": 400,
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
