"""A backbone, and what reads the attributes of an item from its features."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation


class AttributeModel(keras.Model):
    """Photos to scores of the classes of each attribute.

    Args:
        config: The configuration of the run.
        image_size: Side of the photos, in pixels.
        sizes: Number of classes of each attribute.
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
        """Returns scores of classes, before the softmax.

        Args:
            photos: RGB, 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Of each attribute, float [batch, classes].
        """
        photos = self.augmentation(photos, training=training)
        features = self.backbone(self.rescale(photos), training=training)
        features = ops.cast(features, "float32")
        features = self.dropout(features, training=training)
        return [head(features) for head in self.heads]


def attribute_loss(scores: Any, values: Any) -> Any:
    """Returns the cross-entropy of one attribute, 0 where an item has none.

    Args:
        scores: Of its classes, float [batch, classes].
        values: The right class or -1, int [batch].

    Returns:
        float [batch].
    """
    losses = keras.losses.sparse_categorical_crossentropy(
        ops.maximum(values, 0), scores, from_logits=True
    )
    return ops.where(values >= 0, losses, 0.0)
