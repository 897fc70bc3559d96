"""Item tower: maps an image to its embedding."""

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
    """Options of an item tower.

    Attributes:
        backbone: Name of the backbone.
        weights: Path of a weights file for the backbone, or None.
        image_size: Side of the images, in pixels.
        embedding_dim: Embedding size K.
        pca_components: Number of principal components of the features; 0 for
            the features themselves.
        projection_init_scale: Initial scale of the projection of principal
            components, initialized as the identity times this.
        augmentation: Strength of the image augmentation, 0 to 1.
    """

    backbone: str
    weights: str | None
    image_size: int
    embedding_dim: int
    pca_components: int
    projection_init_scale: float
    augmentation: float

    def projection(self, name: str) -> layers.Dense:
        """Returns a projection layer from features to K dimensions."""
        initial = (
            scaled_identity(self.projection_init_scale)
            if self.pca_components
            else "glorot_uniform"
        )
        return layers.Dense(
            self.embedding_dim, kernel_initializer=initial, name=name
        )


class ItemTower(keras.Model):
    """Item tower Phi: backbone features of images, projected to embeddings.

    Example:
        tower = ItemTower(ItemTowerOptions("small", None, 64, 32, 0, 1.0, 0.0))
        phi = tower(images)

    Args:
        options: Options of the tower.

    Attributes:
        features_dim: Width of the features.
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
        """Embeds images.

        Args:
            photos: RGB images in 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Embeddings Phi, float [batch, K].
        """
        return self.projection(self.features(photos, training=training))

    def features(self, photos: Any, training: bool = False) -> Any:
        """Computes the input of the projection, float [batch, features_dim].

        Args:
            photos: RGB images in 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.
        """
        features = self.backbone_features(photos, training=training)
        return self.components(features) if self.components else features

    def backbone_features(self, photos: Any, training: bool = False) -> Any:
        """Computes the output of the backbone, float32 [batch, F].

        Args:
            photos: RGB images in 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.
        """
        photos = self.augmentation(photos, training=training)
        features = self.backbone(self.rescale(photos), training=training)
        return ops.cast(features, "float32")
