"""Configuration of a run of the recommender."""

import dataclasses
from typing import ClassVar

from atelier.cli.flags import Config
from atelier.cli.flags import option
from atelier.io.errors import UserError
from trainer.models.backbones import BACKBONES
from trainer.models.backbones import check_backbone
from trainer.models.losses.candidates import LOSSES
from trainer.recommender.presets import PRESETS
from trainer.training.gradient_clipping import GLOBAL_CLIPNORM
from trainer.training.loop_options import MAX_STEPS
from trainer.training.loop_options import PATIENCE
from trainer.training.mixed_precision import POLICIES
from trainer.training.mixed_precision import PRECISION

ALL_STAGES = -1
_NOT_OF_TRIPLES = (
    "pca_components",
    "user_tower",
    "item_embeddings",
    "loss",
    "negatives",
    "num_negatives",
    "negative_pool",
    "feature_dropout",
    "item_embedding_dropout",
    "history_dropout",
)


@dataclasses.dataclass(frozen=True)
class RecommenderConfig(Config):
    """Everything that shapes a run of the recommender.

    The two penalties are those of the paper's loss, a sum over the batch
    (`trainer/models/losses/bpr.py`); their defaults are the paper's.
    """

    KIND: ClassVar = "recommender"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (
        "epochs",
        "max_steps",
        "early_stopping_patience",
        "cold_item_threshold",
        "checkpoint_every_steps",
        "image_cache_mb",
    )

    backbone: str = option(
        "small", f"one of {', '.join(BACKBONES)}, or a keras.applications name"
    )
    weights: str = option("", "file of weights, for keras.applications")
    augmentation: float = option(
        0.0, "strength of changes to photos", least=0, most=1
    )
    frozen_stages: int = option(
        0, "stages of the backbone that are never trained; -1: all", least=-1
    )
    frozen_epochs: int = option(
        0, "epochs before the backbone is trained", least=0
    )
    pca_components: int = option(
        0, "features become so many principal components; 0: as is", least=0
    )
    embedding_dim: int = option(50, "K, width of both towers", least=1)
    user_tower: str = option(
        "id", "what a person is", choices=("id", "history", "both")
    )
    item_embeddings: int = option(
        0, "1: vectors and biases of items beside photos", least=0, most=1
    )
    ease_weight: float = option(
        0.0,
        "what is taken together counts so much beside the towers; 0: nothing",
        least=0,
    )
    loss: str = option("bpr", "pairwise or softmax", choices=tuple(LOSSES))
    positives_per_image: int = option(
        0, "people whom one photo pass serves; 0: triples", least=0
    )
    negatives: str = option(
        "uniform",
        "what a pair is compared with",
        choices=("uniform", "in_batch", "mixed"),
    )
    num_negatives: int = option(2048, "drawn a step, not for triples", least=1)
    negative_pool: str = option(
        "catalog",
        "items that negatives are drawn from: the whole catalog, or those "
        "with an interaction",
        choices=("catalog", "interacted"),
    )
    batch_size: int = option(64, "triples, or photos, a step", least=1)
    epochs: int = option(12, "passes over all interactions", least=1)
    max_steps: int = option(0, MAX_STEPS, least=0)
    early_stopping_patience: int = option(0, PATIENCE, least=0)
    learning_rate: float = option(1e-3, "of Adam; the paper's is 1e-4")
    backbone_learning_rate: float = option(
        0.0, "of the backbone; 0: the same", least=0
    )
    warmup_epochs: float = option(0.0, "of a rising learning rate", least=0)
    final_lr_fraction: float = option(
        1.0, "share that a cosine falls to; 1: constant", least=0, most=1
    )
    global_clipnorm: float = option(0.0, GLOBAL_CLIPNORM, least=0)
    cnn_l2: float = option(1e-3, "lambda of the CNN's weights", least=0)
    user_l2: float = option(1.0, "lambda of user embeddings", least=0)
    feature_dropout: float = option(0.0, "of features", least=0, most=0.95)
    item_embedding_dropout: float = option(
        0.0, "of item vectors", least=0, most=0.95
    )
    history_dropout: float = option(
        0.0, "of the items of a history", least=0, most=0.95
    )
    projection_init_scale: float = option(
        4.0, "of the projection of components"
    )
    precision: str = option("float32", PRECISION, choices=tuple(POLICIES))
    holdout_user_fraction: float = option(
        0.0,
        "share of people held out of training entirely, to be ranked for",
        least=0,
        most=0.5,
    )
    cold_item_threshold: int = option(
        5,
        "an item with fewer training interactions counts as cold",
        least=1,
    )
    checkpoint_every_steps: int = option(
        500, "steps between checkpoints within an epoch", least=1
    )
    image_cache_mb: int = option(
        4096, "decoded photos are kept up to this size, in MiB", least=1
    )
    seed: int = option(
        0, "of weights, dropout and sampling", least=0, most=(1 << 32) - 1
    )

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of its range, or two contradict each
                other.
        """
        check_backbone(self.backbone, self.weights or None)
        super().__post_init__()
        if self.draws_triples:
            self._check_triples()
        elif self.negatives == "uniform" and self.trains_backbone:
            raise UserError(
                "--negatives uniform with --positives_per_image of 1 or more "
                "is for a backbone that is not trained (--frozen_stages -1); "
                "take mixed or in_batch, or triples (--positives_per_image 0)"
            )

    def _check_triples(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in _NOT_OF_TRIPLES and value != field.default:
                raise UserError(
                    f"--{field.name} {value} needs --positives_per_image of 1 "
                    "or more; with 0 the triples of the paper are drawn"
                )

    @property
    def draws_triples(self) -> bool:
        """Whether batches are the paper's triples."""
        return self.positives_per_image == 0

    @property
    def trains_backbone(self) -> bool:
        """Whether any stage of the backbone is trained."""
        return self.frozen_stages != ALL_STAGES
