"""Configuration of a GAN run."""

import dataclasses
from typing import ClassVar

from atelier.cli.flags import ConflictError
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io.errors import UserError
from trainer.gan.presets import PRESETS
from trainer.training.config import TrainingConfig

SAMPLES = "samples"
"""Folder of the sample grids in a run."""
LOSSES = ("least_squares", "hinge")
CHANGES = ("colour", "translation", "cutout")
"""Names of the augmentations, in order of application."""
_NONE = "none"


@dataclasses.dataclass(frozen=True)
class GanConfig(TrainingConfig):
    """Hyperparameters of a GAN run; the defaults are the preset `best`.

    Example:
        config = GanConfig(categories="Dress,Shoes", image_size=32)
        run = Run.start("runs/gan", "runs/demo/data", config)
    """

    KIND: ClassVar = "gan"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (*TrainingConfig.MAY_CHANGE, "steps", "max_seconds")

    categories: str = option(
        "",
        "categories to generate, separated by commas (put a name that "
        "contains a comma in double quotes); empty: all with enough images",
    )
    min_images_per_category: int = option(
        200, "minimum number of images of a category", least=20
    )
    image_size: int = option(
        64,
        "side of the generated images in pixels, a power of two",
        least=8,
        most=256,
    )
    z_dim: int = option(256, "dimension of the latent vector z", least=1)
    z_distribution: str = option(
        "normal", "distribution of z", choices=("normal", "uniform")
    )
    generator: str = option(
        "residual",
        "generator network; `cut` generates the shape and the shading of "
        "garments, in gray, for `design` to add the cloth",
        choices=("residual", "cut", "paper"),
    )
    generator_width: int = option(
        32,
        "channels of the generator's largest feature map (with `paper`: of "
        "the map of 64 pixels)",
        least=1,
    )
    discriminator: str = option(
        "projected",
        "discriminator network: `projected` works on the features of an "
        "ImageNet network, `paper` is the network of the paper",
        choices=("projected", "paper"),
    )
    discriminator_width: int = option(
        64,
        "channels of the discriminator's heads (with `paper`: of the first "
        "layer)",
        least=1,
    )
    discriminator_side: int = option(
        0,
        "side in pixels that the ImageNet network of the `projected` "
        "discriminator sees; 0: twice --image_size, from 64 to 128",
        least=0,
        most=256,
    )
    hidden_units: int = option(
        0,
        "units of the hidden dense layer of the `paper` discriminator; 0: no "
        "such layer, as in the paper's code (the paper's text says 1024)",
        least=0,
    )
    loss: str = option("hinge", "adversarial loss", choices=LOSSES)
    diversity_loss_weight: float = option(
        2.0,
        "weight of the diversity term in the generator's loss: it penalizes "
        "generated images of a category that differ less than the real ones; "
        "0: off",
        least=0,
    )
    redraw_loss_weight: float = option(
        0.0,
        "weight of the redraw term in the generator's loss: in half of a batch "
        "z is the code of an image, which the generator shall reproduce; 0: "
        "off",
        least=0,
    )
    augmentation: str = option(
        ",".join(CHANGES),
        "augmentation of all images that the discriminator sees: some of "
        f"{', '.join(CHANGES)}, separated by commas, or {_NONE}",
    )
    ema_decay: float = option(
        0.999,
        "decay of the exponential moving average (EMA) of the generator's "
        "weights; 0: no EMA",
        least=0,
        most=0.99999,
    )
    batch_size: int = option(16, "images per step", least=1)
    steps: int = option(50_000, "training steps of both networks", least=1)
    snapshot_every: int = option(
        1000,
        "steps between snapshots (sample grid, KID, best checkpoint)",
        least=1,
    )
    max_seconds: float = option(
        0.0,
        "seconds of training steps after which training stops; 0: no limit",
        least=0,
    )
    learning_rate: float = option(5e-4, "learning rate of Adam")
    discriminator_learning_rate: float = option(
        0.0,
        "learning rate of the discriminator; 0: same as --learning_rate",
        least=0,
    )
    beta_1: float = option(
        0.0,
        "decay of Adam's average of the gradients (first moment)",
        least=0,
        most=0.99999,
    )
    beta_2: float = option(
        0.99,
        "decay of Adam's average of the squared gradients (second moment)",
        least=0,
        most=0.99999,
    )
    validation_photos: int = option(
        1000,
        "images held out for KID, at most a tenth of all images; the same "
        "number is generated",
        least=2,
    )

    def __post_init__(self) -> None:
        """Validates the values.

        Raises:
            UserError: If a value is out of range, or two values contradict
                each other.
        """
        super().__post_init__()
        if self.image_size & (self.image_size - 1):
            raise UserError(
                f"--image_size must be a power of two, got {self.image_size}"
            )
        if self.steps % self.snapshot_every:
            raise ConflictError(
                "--steps must be a multiple of --snapshot_every",
                {"steps": self.steps, "snapshot_every": self.snapshot_every},
            )
        if self.hidden_units and self.discriminator != "paper":
            raise ConflictError(
                "only the discriminator `paper` has hidden units",
                {
                    "hidden_units": self.hidden_units,
                    "discriminator": self.discriminator,
                },
            )
        if self.redraw_loss_weight and self.z_distribution != "normal":
            raise ConflictError(
                "the codes of images are normal vectors",
                {
                    "redraw_loss_weight": self.redraw_loss_weight,
                    "z_distribution": self.z_distribution,
                },
            )
        unknown = set(self.changes) - set(CHANGES)
        if unknown:
            raise UserError(
                f"--augmentation must be some of {', '.join(CHANGES)}, or "
                f"{_NONE}; got {self.augmentation!r}"
            )

    @property
    def changes(self) -> list[str]:
        """Names of the augmentations, in the order given by the flag."""
        if self.augmentation == _NONE:
            return []
        return self.augmentation.split(",")

    @property
    def category_names(self) -> list[str]:
        """Requested categories; empty: all categories with enough images."""
        return listed(self.categories)
