"""Multi-task attribute classifier: a backbone with one head per attribute."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation


class AttributeModel(keras.Model):
    """Maps images to class logits of each attribute.

    Args:
        config: Configuration of the run.
        image_size: Side of the images, in pixels.
        sizes: Number of classes of each attribute.

    Example:
        >>> config = PretrainingConfig(backbone="small")
        >>> model = AttributeModel(config, image_size=64, sizes=[6, 3])
        >>> [tuple(x.shape) for x in model(np.zeros([2, 64, 64, 3], "uint8"))]
        [(2, 6), (2, 3)]
    """

    def __init__(
        self, config: PretrainingConfig, image_size: int, sizes: list[int]
    ) -> None:
        super().__init__(name="attribute_model")
        self.augmentation = Augmentation(
            config.augmentation, name="augmentation"
        )
        self.rescale = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")
        self.backbone = build_backbone(config.backbone, image_size)
        self.dropout = layers.Dropout(config.dropout)
        self.heads = [
            layers.Dense(size, name=f"head{number}")
            for number, size in enumerate(sizes)
        ]
        for head in self.heads:
            head.build(self.backbone.output.shape)
        self.built = True

    def call(self, photos: Any, training: bool = False) -> list[Any]:
        """Returns class logits.

        Args:
            photos: RGB images, 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Logits of each attribute, float [batch, classes].
        """
        photos = self.augmentation(photos, training=training)
        features = self.backbone(self.rescale(photos), training=training)
        features = ops.cast(features, "float32")
        features = self.dropout(features, training=training)
        return [head(features) for head in self.heads]


def attribute_loss(scores: Any, values: Any) -> Any:
    """Returns the cross-entropy of one attribute, 0 for missing labels.

    Args:
        scores: Class logits, float [batch, classes].
        values: Class labels, -1 where missing, int [batch].

    Returns:
        Losses, float [batch].
    """
    losses = keras.losses.sparse_categorical_crossentropy(
        ops.maximum(values, 0), scores, from_logits=True
    )
    return ops.where(values >= 0, losses, 0.0)
