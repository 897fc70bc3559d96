"""Configuration of a run of the GAN."""

import dataclasses
from typing import ClassVar

from atelier.cli.flags import Config
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io.errors import UserError
from trainer.gan.presets import PRESETS
from trainer.models.gan.adversarial_losses import LOSSES
from trainer.models.gan.diff_augment import CHANGES
from trainer.training.gradient_clipping import GLOBAL_CLIPNORM
from trainer.training.mixed_precision import POLICIES
from trainer.training.mixed_precision import PRECISION

SMALLEST_MAP = 4
"""Side of the map that a generator starts from, in pixels."""
_NONE = "none"


@dataclasses.dataclass(frozen=True)
class GanConfig(Config):
    """Everything that shapes a run of the GAN; the defaults are `best`."""

    KIND: ClassVar = "gan"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (
        "steps",
        "max_seconds",
        "early_stopping_patience",
        "checkpoint_every_steps",
        "image_cache_mb",
    )

    categories: str = option(
        "",
        "what to draw, commas between (a name that has one in double quotes); "
        "empty: all with enough photos",
    )
    min_images_per_category: int = option(
        200, "photos that a category needs", least=20
    )
    image_size: int = option(
        64,
        "side of what is drawn, in pixels: a power of two",
        least=8,
        most=256,
    )
    z_dim: int = option(256, "numbers that a design is drawn from", least=1)
    z_distribution: str = option(
        "normal", "of those numbers", choices=("normal", "uniform")
    )
    generator: str = option(
        "residual", "network that draws", choices=("residual", "paper")
    )
    generator_width: int = option(
        32, "channels of its largest map (paper: of 64 pixels)", least=1
    )
    discriminator: str = option(
        "projected",
        "network that judges: on features of ImageNet, or the paper's",
        choices=("projected", "paper"),
    )
    discriminator_width: int = option(
        64, "channels of its largest map", least=1
    )
    hidden_units: int = option(
        0,
        "units before the last of the paper's discriminator; the paper's text "
        "says 1024, its code has none",
        least=0,
    )
    loss: str = option("hinge", "hinge or least squares", choices=tuple(LOSSES))
    diversity_loss_weight: float = option(
        2.0,
        "weight, in the generator's loss, of how much less designs of a "
        "category differ than photos; 0: none",
        least=0,
    )
    augmentation: str = option(
        ",".join(CHANGES),
        f"changes to what is judged: some of {', '.join(CHANGES)}, commas "
        f"between, or {_NONE}",
    )
    ema_decay: float = option(
        0.999,
        "of the moving average of the generator; 0: none",
        least=0,
        most=0.99999,
    )
    batch_size: int = option(16, "photos a step", least=1)
    steps: int = option(50_000, "of both networks", least=1)
    snapshot_every: int = option(
        1000, "steps between grids of samples, KID and best checkpoint", least=1
    )
    max_seconds: float = option(
        0.0, "of steps, after which training stops; 0: no limit", least=0
    )
    early_stopping_patience: int = option(
        0,
        "snapshots without a better KID after which training ends; 0: none",
        least=0,
    )
    learning_rate: float = option(5e-4, "of Adam")
    discriminator_learning_rate: float = option(
        0.0, "of the discriminator; 0: the same", least=0
    )
    beta_1: float = option(
        0.0, "of Adam: memory of gradients", least=0, most=0.99999
    )
    beta_2: float = option(
        0.99, "of Adam: memory of squares", least=0, most=0.99999
    )
    global_clipnorm: float = option(0.0, GLOBAL_CLIPNORM, least=0)
    precision: str = option("float32", PRECISION, choices=tuple(POLICIES))
    validation_photos: int = option(
        1000,
        "held out for KID, at most a tenth of all; as many designs are made",
        least=2,
    )
    checkpoint_every_steps: int = option(
        500, "steps between checkpoints within a snapshot", least=1
    )
    image_cache_mb: int = option(
        4096, "decoded photos are kept up to this size, in MiB", least=1
    )
    seed: int = option(0, "of weights and draws", least=0, most=(1 << 32) - 1)

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of its range, or two contradict each
                other.
        """
        super().__post_init__()
        if self.image_size & (self.image_size - 1):
            raise UserError(
                f"--image_size is a power of two, got {self.image_size}"
            )
        if self.steps % self.snapshot_every:
            raise UserError(
                f"--steps is a multiple of --snapshot_every "
                f"({self.snapshot_every}), got {self.steps}"
            )
        if self.hidden_units and self.discriminator != "paper":
            raise UserError(
                f"--hidden_units {self.hidden_units} needs --discriminator "
                f"paper, got {self.discriminator}"
            )
        unknown = set(self.changes) - set(CHANGES)
        if unknown:
            raise UserError(
                f"--augmentation is some of {', '.join(CHANGES)}, or {_NONE}; "
                f"got {self.augmentation!r}"
            )

    @property
    def changes(self) -> list[str]:
        """What augmentation does, in the order in which it is done."""
        if self.augmentation == _NONE:
            return []
        return self.augmentation.split(",")

    @property
    def category_names(self) -> list[str]:
        """The categories asked for; none are all with enough photos."""
        return listed(self.categories)
