"""Configuration of a pretraining run."""

import dataclasses
from typing import Any
from typing import ClassVar

from atelier.cli.flags import listed
from atelier.cli.flags import option
from trainer.training.config import TrainingConfig
from trainer.training.flag_texts import BACKBONES
from trainer.training.flag_texts import MAX_STEPS

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
class PretrainingConfig(TrainingConfig):
    """Options of a pretraining run; each field is a flag.

    Example:
        >>> config = PretrainingConfig(attributes="category", epochs=3)
        >>> weights = pretrain(Run.start("runs/backbone", "data", config), 2)
    """

    KIND: ClassVar = "pretrain"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (*TrainingConfig.MAY_CHANGE, "epochs", "max_steps")

    backbone: str = option(
        "efficientnet_lite0",
        f"image network: {', '.join(BACKBONES)}",
        choices=BACKBONES,
        metavar="NAME",
    )
    attributes: str = option(
        "",
        "attributes to predict, separated by commas: `category` or names of "
        "--attribute_columns; empty: all that group the items",
    )
    augmentation: float = option(
        0.5, "strength of image augmentation, 0 to 1", least=0, most=1
    )
    dropout: float = option(
        0.2, "dropout rate of image features", least=0, most=0.95
    )
    batch_size: int = option(64, "images per step", least=1)
    epochs: int = option(6, "passes over all training images", least=1)
    max_steps: int = option(0, MAX_STEPS, least=0)
    learning_rate: float = option(
        2e-3, "learning rate of the attribute heads (Adam)"
    )
    backbone_learning_rate: float = option(
        3e-4, "learning rate of the backbone (Adam)"
    )
    warmup_epochs: float = option(
        0.5,
        "epochs of linear learning rate warm-up, before a cosine decay to zero",
        least=0,
    )
    validation_photos: int = option(
        1000,
        "maximum number of images held out to choose the best epoch; never "
        "more than a tenth of all",
        least=1,
    )

    @property
    def attribute_names(self) -> list[str]:
        """Names of the requested attributes; empty for all."""
        return listed(self.attributes)
