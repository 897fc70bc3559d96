"""The item tower: a photo to its embedding."""

import dataclasses
from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation
from trainer.models.layers.pca import PrincipalComponents
from trainer.models.layers.pca import scaled_identity


@dataclasses.dataclass(frozen=True)
class ItemTowerOptions:
    """The shape of an item tower.

    Attributes:
        backbone: Name of the network.
        weights: A file of weights for it, or None.
        image_size: Side of the photos, in pixels.
        embedding_dim: K.
        pca_components: The features become so many principal components first;
            0 leaves them as they are.
        projection_init_scale: Initial scale of the projection of components:
            it starts as the identity times this.
        augmentation: Strength, 0 to 1.
    """

    backbone: str
    weights: str | None
    image_size: int
    embedding_dim: int
    pca_components: int
    projection_init_scale: float
    augmentation: float

    def projection(self, name: str) -> layers.Dense:
        """Returns a projection of features to K dimensions."""
        initial = (
            scaled_identity(self.projection_init_scale)
            if self.pca_components
            else "glorot_uniform"
        )
        return layers.Dense(
            self.embedding_dim, kernel_initializer=initial, name=name
        )


class ItemTower(keras.Model):
    """Phi: photos to embeddings, by way of features.

    Args:
        options: Its shape.
    """

    def __init__(self, options: ItemTowerOptions) -> None:
        super().__init__(name="item_tower")
        size = options.image_size
        self.augmentation = Augmentation(
            options.augmentation, name="augmentation"
        )
        self.rescale = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")
        self.backbone = build_backbone(options.backbone, size, options.weights)
        self.components = (
            PrincipalComponents(options.pca_components, name="components")
            if options.pca_components
            else None
        )
        self.projection = options.projection("projection")
        self.features_dim = (
            options.pca_components or self.backbone.output.shape[1]
        )
        if self.components:
            self.components.build(self.backbone.output.shape)
        self.projection.build((None, self.features_dim))
        self.built = True

    def call(self, photos: Any, training: bool = False) -> Any:
        """Embeds photos.

        Args:
            photos: RGB, 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Phi, float [batch, K].
        """
        return self.projection(self.features(photos, training=training))

    def features(self, photos: Any, training: bool = False) -> Any:
        """Returns what the projection takes, float [batch, features_dim]."""
        features = self.backbone_features(photos, training=training)
        return self.components(features) if self.components else features

    def backbone_features(self, photos: Any, training: bool = False) -> Any:
        """Returns what comes out of the backbone, float32 [batch, F]."""
        photos = self.augmentation(photos, training=training)
        features = self.backbone(self.rescale(photos), training=training)
        return ops.cast(features, "float32")
