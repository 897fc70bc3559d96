"""Configuration of a recommender run."""

import argparse
import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar

from atelier.cli.flags import ConflictError
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.schema.manifest import Manifest
from trainer.recommender.choose_input import INPUTS
from trainer.recommender.choose_input import STREAM
from trainer.recommender.choose_input import choose_input
from trainer.recommender.fit_preset import fit_preset
from trainer.recommender.presets import AUTO
from trainer.recommender.presets import NO_IMAGE
from trainer.recommender.presets import PRESETS
from trainer.training.config import TrainingConfig
from trainer.training.flag_texts import BACKBONES
from trainer.training.flag_texts import MAX_STEPS

ALL_STAGES = -1
BEST_METRIC = "val_auc"
CONTENT = ("attributes", "text", "features")
LAZY_ADAM = "lazy_adam"
LOSSES = ("bpr", "softmax", "warp")
OPTIMIZERS = ("adam", LAZY_ADAM)
USER_TOWERS = ("id", "history", "both")
_NOT_OF_TRIPLES = (
    "pca_components",
    "content",
    "user_tower",
    "item_embeddings",
    "similarity_weight",
    "loss",
    "bpr_weight",
    "negatives",
    "num_negatives",
    "negative_pool",
    "feature_dropout",
    "item_embedding_dropout",
    "history_dropout",
    "recency_decay",
)
_NOT_OF_STREAMS = (
    "positives_per_image",
    "ease_weight",
    "holdout_user_fraction",
    *(name for name in _NOT_OF_TRIPLES if name != "loss"),
)


@dataclasses.dataclass(frozen=True)
class RecommenderConfig(TrainingConfig):
    """Options of a recommender run; each field is a flag.

    `cnn_l2` and `user_l2` are the two L2 terms of the paper's loss, which is a
    sum over the batch (`trainer/models/losses/bpr.py`). Their defaults are the
    paper's.

    Example:
        >>> config = RecommenderConfig(backbone="cnn_f", embedding_dim=100)
        >>> run = Run.start("runs/mine", "data", config)
        >>> train(run, verbose=2)
    """

    KIND: ClassVar = "recommender"
    PRESETS: ClassVar = PRESETS
    MAY_CHANGE: ClassVar = (
        *TrainingConfig.MAY_CHANGE,
        "epochs",
        "max_steps",
        "cold_item_threshold",
    )

    input: str = option(
        AUTO,
        "images of a batch: from the catalog in memory, or with the triples, "
        "streamed from their shards, which the other items of the batch are "
        "the negatives of; auto: memory, unless the images need more than half "
        "of it",
        choices=(AUTO, *INPUTS),
    )
    backbone: str = option(
        "small",
        f"image network: {', '.join(BACKBONES)}, or a model name of "
        f"keras.applications; {NO_IMAGE}: no images, but --content",
    )
    weights: str = option(
        "",
        "file of backbone weights: .npz from `pretrain`, or a Keras weights "
        "file for keras.applications",
    )
    augmentation: float = option(
        0.0, "strength of image augmentation, 0 to 1", least=0, most=1
    )
    frozen_stages: int = option(
        0,
        "number of backbone stages, from the input, that are never trained; "
        "-1: all",
        least=-1,
    )
    frozen_epochs: int = option(
        0, "epochs before training of the backbone starts", least=0
    )
    pca_components: int = option(
        0,
        "number of principal components (PCA) of the image features; 0: no PCA",
        least=0,
    )
    content: str = option(
        "",
        "what the item tower reads beside the image, separated by commas: "
        f"{', '.join(CONTENT)} (of --features); an item may lack any of it",
    )
    content_dim: int = option(
        256, "number of features of each of --content", least=1
    )
    features: str = option(
        "",
        "Parquet files, as a path or a pattern, with feature vectors of items "
        "by any other model: columns item_id and embedding",
    )
    features_dim: int = option(
        0, "number of values of each vector of --features", least=0
    )
    modality_dropout: float = option(
        0.0,
        "dropout rate of the image and of each of --content, so that an item "
        "may lack it",
        least=0,
        most=0.95,
    )
    embedding_dim: int = option(50, "embedding size K of both towers", least=1)
    user_tower: str = option(
        "id",
        "user representation: a learned vector per user id, the interaction "
        "history, or both",
        choices=USER_TOWERS,
    )
    item_embeddings: bool = option(
        False, "add a learned vector and bias per item to the image embedding"
    )
    ease_weight: float = option(
        0.0,
        "weight of the EASE item-to-item scores, added to those of the "
        "towers; 0: no EASE",
        least=0,
    )
    similarity_weight: float = option(
        0.0,
        "weight of the cubed cosine between the features of an item and "
        "those of each item of a history, added to the scores of the nearest "
        "items; 0: none",
        least=0,
    )
    loss: str = option(
        "bpr",
        "ranking loss: pairwise (bpr, warp) or softmax",
        choices=LOSSES,
    )
    bpr_weight: float = option(
        0.0,
        "weight of the BPR loss over the candidates, added to --loss; it ranks "
        "what no list shows, such as new items",
        least=0,
    )
    positives_per_image: int = option(
        0,
        "maximum number of interactions per image in a batch; 0: triples of "
        "the paper (user, positive, negative)",
        least=0,
    )
    negatives: str = option(
        "uniform",
        "negatives of a pair: sampled items, the other items of the batch, or "
        "both",
        choices=("uniform", "in_batch", "mixed"),
    )
    num_negatives: int = option(
        2048, "sampled negatives per step; unused with triples", least=1
    )
    negative_pool: str = option(
        "catalog",
        "items that negatives are sampled from: the whole catalog, or only "
        "items with an interaction",
        choices=("catalog", "interacted"),
    )
    cross_batch_memory: int = option(
        0,
        "number of earlier batches whose item embeddings are further negatives "
        "of a batch of a stream, with the softmax; 0, the default: none, "
        "because it made all measured trainings worse",
        least=0,
    )
    batch_size: int = option(64, "triples or images per step", least=1)
    epochs: int = option(12, "passes over all interactions", least=1)
    max_steps: int = option(0, MAX_STEPS, least=0)
    optimizer: str = option(
        "adam",
        "update of embedding tables: all rows in each step (adam), or the rows "
        "of the batch (lazy_adam), whose time does not grow with the tables",
        choices=OPTIMIZERS,
    )
    table_partitions: int = option(
        1,
        "number of parts of the table of users, which parameter servers share",
        least=1,
    )
    learning_rate: float = option(
        1e-3, "learning rate of Adam; the paper's is 1e-4"
    )
    backbone_learning_rate: float = option(
        0.0, "learning rate of the backbone; 0: --learning_rate", least=0
    )
    warmup_epochs: float = option(
        0.0, "epochs of linear learning rate warm-up", least=0
    )
    final_lr_fraction: float = option(
        1.0,
        "fraction of the learning rate left at the end of the cosine decay; "
        "1: constant",
        least=0,
        most=1,
    )
    cnn_l2: float = option(
        1e-3, "L2 penalty of the weights of the item tower", least=0
    )
    user_l2: float = option(1.0, "L2 penalty of the user embeddings", least=0)
    feature_dropout: float = option(
        0.0, "dropout rate of image features", least=0, most=0.95
    )
    item_embedding_dropout: float = option(
        0.0, "dropout rate of item embeddings", least=0, most=0.95
    )
    history_dropout: float = option(
        0.0, "dropout rate of the items of a history", least=0, most=0.95
    )
    projection_init_scale: float = option(
        4.0, "initial scale of the projection of the principal components"
    )
    weight_power: float = option(
        1.0,
        "power of the weights of interactions in the loss, in histories and "
        "in EASE; 0: all are equal",
        least=0,
    )
    recency_decay: bool = option(
        False,
        "learn how the weight of an item in a history falls with its age and "
        "its order; needs times of interactions",
    )
    holdout_user_fraction: float = option(
        0.0,
        "fraction of users excluded from training and evaluated as cold-start "
        "users",
        least=0,
        most=0.5,
    )
    cold_item_threshold: int = option(
        5,
        "an item with fewer training interactions is a cold item",
        least=1,
    )

    def __post_init__(self) -> None:
        """Checks the values and their combinations.

        Raises:
            UserError: If a value is out of range or two contradict each other.
        """
        super().__post_init__()
        self._check_content()
        if self.recency_decay and self.user_tower == "id":
            raise ConflictError(
                "the decay weighs the items of a history; use --user_tower "
                "history or both",
                {
                    "recency_decay": self.recency_decay,
                    "user_tower": self.user_tower,
                },
            )
        self._check_memory()
        if self.streams:
            self._check_stream()
        elif self.draws_triples:
            self._check_triples()
        elif self.negatives == "uniform" and self.trains_backbone:
            raise ConflictError(
                "uniform negatives of images are for a backbone that is not "
                "trained (--frozen_stages -1); use --negatives mixed or "
                "in_batch, or --positives_per_image 0",
                {
                    "negatives": self.negatives,
                    "positives_per_image": self.positives_per_image,
                    "frozen_stages": self.frozen_stages,
                },
            )
        if self.backbone not in (*BACKBONES, NO_IMAGE) or (
            self.weights and not self.weights.endswith(".npz")
        ):
            # Imported here, because Keras takes seconds.
            from trainer.models.backbones import check_backbone

            check_backbone(self.backbone, self.weights or None)

    def _check_content(self) -> None:
        for name in self.modalities:
            if name not in CONTENT:
                raise UserError(
                    f"--content is any of {', '.join(CONTENT)}, separated by "
                    f"commas, got {name!r}"
                )
        if self.backbone == NO_IMAGE and not self.modalities:
            raise ConflictError(
                "without images the item tower needs other content",
                {"backbone": self.backbone, "content": self.content},
            )
        given = bool(self.features), self.features_dim > 0
        if given != ("features" in self.modalities,) * 2:
            raise ConflictError(
                "vectors of other models need all three: --content with "
                "`features`, --features, and --features_dim",
                {
                    "content": self.content,
                    "features": self.features,
                    "features_dim": self.features_dim,
                },
            )

    @classmethod
    def _preset_values(
        cls, preset: str, given: Mapping[str, Any], args: argparse.Namespace
    ) -> Mapping[str, Any]:
        """Fits the preset to the data set, if the command has one."""
        try:
            manifest = Manifest.read(getattr(args, "data_dir", ""))
        except UserError:  # `Run.start` raises it, after all other checks.
            return super()._preset_values(preset, given, args)
        return fit_preset(preset, given, manifest)

    def settled(
        self, manifest: Manifest, earlier: "RecommenderConfig | None"
    ) -> "RecommenderConfig":
        """Returns the configuration with the input that fits the data set."""
        if self.input != AUTO:
            return self
        chosen = (
            earlier.input
            if earlier
            else choose_input(manifest, self._changed(_NOT_OF_STREAMS))
        )
        return dataclasses.replace(self, input=chosen)

    def _check_memory(self) -> None:
        needed = {"input": STREAM, "loss": "softmax"}
        for name, value in needed.items():
            if self.cross_batch_memory and getattr(self, name) != value:
                raise ConflictError(
                    "the memory holds the negatives of a softmax on a stream "
                    f"of triples; give --{name} {value}",
                    {
                        "cross_batch_memory": self.cross_batch_memory,
                        name: getattr(self, name),
                    },
                )

    def _check_triples(self) -> None:
        for name, value in self._changed(_NOT_OF_TRIPLES).items():
            raise ConflictError(
                "the triples of the paper do without it; give "
                "--positives_per_image of 1 or more",
                {name: value, "positives_per_image": 0},
            )

    def _check_stream(self) -> None:
        for name, value in self._changed(_NOT_OF_STREAMS).items():
            raise ConflictError(
                "a stream of triples trains the image tower and a vector per "
                "user, without the features or the histories of all items; "
                "use --input memory, or the presets laptop or dvbpr",
                {name: value, "input": self.input},
            )

    def _changed(self, names: Sequence[str]) -> dict[str, Any]:
        """Returns the values of these options that are not the default."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in names
            and getattr(self, field.name) != field.default
        }

    @property
    def modalities(self) -> list[str]:
        """Content that the item tower reads beside the image."""
        return listed(self.content)

    @property
    def streams(self) -> bool:
        """Whether batches are triples with their images, from the shards."""
        return self.input == STREAM

    @property
    def draws_triples(self) -> bool:
        """Whether batches hold the paper's triples."""
        return self.positives_per_image == 0

    @property
    def updates_rows(self) -> bool:
        """Whether a step updates the looked up rows of tables alone."""
        return self.optimizer == LAZY_ADAM

    @property
    def trains_backbone(self) -> bool:
        """Whether any stage of the backbone is trained."""
        return self.backbone != NO_IMAGE and self.frozen_stages != ALL_STAGES
