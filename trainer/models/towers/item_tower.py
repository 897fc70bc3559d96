"""Item tower: maps an image to its embedding."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation
from trainer.models.layers.pca import PrincipalComponents


@keras.saving.register_keras_serializable(package="atelier")
class ItemTower(keras.Model):
    """Item tower Phi: backbone features of images, projected to embeddings.

    Example:
        tower = ItemTower(image_size=64, backbone="small", embedding_dim=32)
        phi = tower(images)

    Args:
        image_size: Side of the images, in pixels.
        backbone: Name of the backbone, as `build_backbone` takes it.
        embedding_dim: Embedding size K.
        pca_components: Number of principal components of the features; 0 for
            the features themselves.
        projection_init_scale: Initial scale of the projection of principal
            components, initialized as the identity times this.
        augmentation: Strength of the image augmentation, 0 to 1.
        weights: Path of a weights file for the backbone, or None. A saved tower
            holds the weights, not the path.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.

    Attributes:
        features_dim: Width of the features.
    """

    def __init__(
        self,
        image_size: int,
        backbone: str = "small",
        embedding_dim: int = 50,
        pca_components: int = 0,
        projection_init_scale: float = 4.0,
        augmentation: float = 0.0,
        weights: str | None = None,
        name: str = "item_tower",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._init_scale = projection_init_scale
        self.augmentation = Augmentation(augmentation, name="augmentation")
        self.rescale = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")
        self.backbone = build_backbone(backbone, image_size, weights)
        self.components = (
            PrincipalComponents(pca_components, name="components")
            if pca_components
            else None
        )
        self.projection = layers.Dense(
            embedding_dim,
            kernel_initializer=self.projection_initializer(),
            name="projection",
        )
        self.features_dim = pca_components or self.backbone.output.shape[1]
        if self.components:
            self.components.build(self.backbone.output.shape)
        self.projection.build((None, self.features_dim))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, without `weights`."""
        return {
            **super().get_config(),
            "image_size": self.backbone.input.shape[1],
            "backbone": self.backbone.name,
            "embedding_dim": self.projection.units,
            "pca_components": self.components.size if self.components else 0,
            "projection_init_scale": self._init_scale,
            "augmentation": self.augmentation.strength,
        }

    def projection_initializer(self) -> keras.initializers.Initializer:
        """Returns a new kernel initializer of a projection of the features."""
        if self.components:
            return keras.initializers.Identity(gain=self._init_scale)
        return keras.initializers.GlorotUniform()

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
