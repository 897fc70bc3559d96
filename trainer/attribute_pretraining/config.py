"""Configuration of a run that pretrains a backbone."""

import dataclasses
from typing import Any
from typing import ClassVar

from atelier.cli.flags import Config
from atelier.cli.flags import listed
from atelier.cli.flags import option
from trainer.models.backbones import BACKBONES
from trainer.training.gradient_clipping import GLOBAL_CLIPNORM
from trainer.training.loop_options import MAX_STEPS
from trainer.training.loop_options import PATIENCE
from trainer.training.mixed_precision import POLICIES
from trainer.training.mixed_precision import PRECISION

PRESETS: dict[str, dict[str, Any]] = {
    "pretrained": {},
    "scratch": {
        "backbone": "small",
        "backbone_learning_rate": 1e-3,
        "learning_rate": 1e-3,
        "epochs": 12,
    },
}


@dataclasses.dataclass(frozen=True)
class PretrainingConfig(Config):
    """Everything that shapes a run of pretraining."""

    KIND: ClassVar = "pretrain"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (
        "epochs",
        "max_steps",
        "early_stopping_patience",
        "checkpoint_every_steps",
        "image_cache_mb",
    )

    backbone: str = option(
        "efficientnet_lite0", "network", choices=tuple(BACKBONES)
    )
    attributes: str = option(
        "",
        "what to predict, commas between, as `category` or the names given to "
        "prepare; default: all that group the items",
    )
    augmentation: float = option(
        0.5, "strength of changes to photos", least=0, most=1
    )
    dropout: float = option(0.2, "of features", least=0, most=0.95)
    batch_size: int = option(64, "photos a step", least=1)
    epochs: int = option(6, "passes over all photos", least=1)
    max_steps: int = option(0, MAX_STEPS, least=0)
    early_stopping_patience: int = option(0, PATIENCE, least=0)
    learning_rate: float = option(2e-3, "of Adam, for what reads the features")
    backbone_learning_rate: float = option(3e-4, "of Adam, for the backbone")
    warmup_epochs: float = option(
        0.5, "of a rising learning rate; then it falls to zero", least=0
    )
    global_clipnorm: float = option(0.0, GLOBAL_CLIPNORM, least=0)
    precision: str = option("float32", PRECISION, choices=tuple(POLICIES))
    validation_photos: int = option(
        1000, "held out to choose the best epoch, at most a tenth", least=1
    )
    checkpoint_every_steps: int = option(
        500, "steps between checkpoints within an epoch", least=1
    )
    image_cache_mb: int = option(
        4096, "decoded photos are kept up to this size, in MiB", least=1
    )
    seed: int = option(0, "of weights and draws", least=0, most=(1 << 32) - 1)

    @property
    def attribute_names(self) -> list[str]:
        """The attributes asked for; none are all."""
        return listed(self.attributes)
