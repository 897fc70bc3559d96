"""Options that all training runs share."""

import dataclasses
from typing import ClassVar

from atelier.cli.flags import option
from atelier.cli.run_config import Config
from trainer.training.flag_texts import POLICIES


@dataclasses.dataclass(frozen=True)
class TrainingConfig(Config):
    """Base class of the configurations of training runs.

    Example:
        @dataclasses.dataclass(frozen=True)
        class SvdConfig(TrainingConfig):
            KIND, PRESETS = "svd", {"default": {}}
            rank: int = option(64, "embedding dimension", least=1)

        config = SvdConfig(rank=32, seed=1)
    """

    MAY_CHANGE: ClassVar[tuple[str, ...]] = (
        "early_stopping_patience",
        "checkpoint_every_steps",
        "image_cache_mb",
    )

    early_stopping_patience: int = option(
        0,
        "epochs without improvement (of a GAN: snapshots) after which training "
        "stops; 0: no limit",
        least=0,
    )
    global_clipnorm: float = option(
        0.0,
        "maximum global norm of the gradients of a network; 0 for no clipping",
        least=0,
    )
    precision: str = option(
        "float32",
        "compute dtype of networks in training; weights stay float32",
        choices=tuple(POLICIES),
    )
    checkpoint_every_steps: int = option(
        500,
        "steps between checkpoints within an epoch (of a GAN: a snapshot)",
        least=1,
    )
    image_cache_mb: int = option(
        4096,
        "memory for decoded images, in MiB; a larger catalog is decoded for "
        "every batch",
        least=1,
    )
    seed: int = option(
        0,
        "seed of initial weights, dropout and sampling",
        least=0,
        most=(1 << 32) - 1,
    )
