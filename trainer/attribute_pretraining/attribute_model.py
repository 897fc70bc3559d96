"""Multi-task attribute classifier: a backbone with one head per attribute."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation


@keras.saving.register_keras_serializable(package="atelier")
class AttributeModel(keras.Model):
    """Maps images to class logits of each attribute.

    Args:
        image_size: Side of the images, in pixels.
        sizes: Number of classes of each attribute.
        backbone: Name of the backbone, as `build_backbone` takes it.
        augmentation: Strength of the image augmentation, 0 to 1.
        dropout: Dropout rate of image features.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.

    Example:
        >>> model = AttributeModel(image_size=64, sizes=[6, 3])
        >>> [tuple(x.shape) for x in model(np.zeros([2, 64, 64, 3], "uint8"))]
        [(2, 6), (2, 3)]
    """

    def __init__(
        self,
        image_size: int,
        sizes: list[int],
        backbone: str = "small",
        augmentation: float = 0.0,
        dropout: float = 0.0,
        name: str = "attribute_model",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.augmentation = Augmentation(augmentation, name="augmentation")
        self.rescale = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")
        self.backbone = build_backbone(backbone, image_size)
        self.dropout = layers.Dropout(dropout)
        self.heads = [
            layers.Dense(size, name=f"head{index}")
            for index, size in enumerate(sizes)
        ]
        for head in self.heads:
            head.build(self.backbone.output.shape)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "image_size": self.backbone.input.shape[1],
            "sizes": [head.units for head in self.heads],
            "backbone": self.backbone.name,
            "augmentation": self.augmentation.strength,
            "dropout": self.dropout.rate,
        }

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
