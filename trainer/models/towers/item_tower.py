"""Item tower: maps an image, and what else describes an item, to a vector."""

from typing import Any

import keras
from keras import layers
from keras import ops

from trainer.models.backbones import build_backbone
from trainer.models.layers.image_augmentation import Augmentation
from trainer.models.layers.modality_dropout import ModalityDropout
from trainer.models.layers.pca import PrincipalComponents
from trainer.models.towers.content_encoder import ContentEncoder

_PROJECTION_SEED = 0
"""Both towers start with the same projection, so a score is a similarity."""


@keras.saving.register_keras_serializable(package="atelier")
class ItemTower(keras.Model):
    """Item tower Phi: features of items, projected to embeddings.

    The features are those of the backbone, followed by those of `content`:
    attributes, text and brought vectors. An item that lacks a modality has
    zeros there, such as an image alone.

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
        content: Encoder of the content beside the image, or None.
        modality_dropout: Dropout rate of the modalities, with `content`.
        name: Name of the model.
        **kwargs: Further arguments of `keras.Model`.

    Attributes:
        image_dim: Width of the features of an image.
        features_dim: Width of all features.
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
        content: ContentEncoder | None = None,
        modality_dropout: float = 0.0,
        name: str = "item_tower",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._init_scale = projection_init_scale
        self.augmentation = Augmentation(augmentation, name="augmentation")
        self.rescale = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")
        self.backbone = build_backbone(backbone, image_size, weights)
        width = self.backbone.output.shape[1]
        self.components = (
            PrincipalComponents(pca_components, name="components")
            if pca_components and width
            else None
        )
        self.image_dim = pca_components if self.components else width
        self.features_dim = self.image_dim
        self.content = content
        self.modality_dropout: ModalityDropout | None = None
        if content:
            sizes = [content.size] * len(content.modalities)
            if width:
                sizes.insert(0, self.image_dim)
            self.features_dim = sum(sizes)
            if len(sizes) > 1:
                self.modality_dropout = ModalityDropout(modality_dropout, sizes)
        self._units = embedding_dim
        self.projection = layers.Dense(
            embedding_dim,
            kernel_initializer=self.projection_initializer(),
            name="projection",
        )
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
            "embedding_dim": self._units,
            "pca_components": self.components.size if self.components else 0,
            "projection_init_scale": self._init_scale,
            "augmentation": self.augmentation.strength,
            "content": keras.saving.serialize_keras_object(self.content),
            "modality_dropout": (
                self.modality_dropout.rate if self.modality_dropout else 0.0
            ),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ItemTower":
        """Builds the tower of a configuration from `get_config`."""
        content = keras.saving.deserialize_keras_object(config["content"])
        return cls(**{**config, "content": content})

    def projection_initializer(self) -> keras.initializers.Initializer:
        """Returns a new kernel initializer of a projection of the features."""
        if self.content:
            # Scaled to keep the mean norm of the features.
            ratio = max(1.0, self.features_dim / self._units)
            return keras.initializers.Orthogonal(
                gain=self._init_scale * ratio**0.5, seed=_PROJECTION_SEED
            )
        if self.components:
            return keras.initializers.Identity(gain=self._init_scale)
        return keras.initializers.GlorotUniform()

    def call(self, photos: Any, training: bool = False) -> Any:
        """Embeds images of items about which nothing else is known.

        Args:
            photos: RGB images in 0..255, uint8 or float [batch, size, size, 3].
            training: Whether augmentation, dropout and batch statistics are
                on.

        Returns:
            Embeddings Phi, float [batch, K].
        """
        features = self.features(photos, training=training)
        missing = self.features_dim - self.image_dim
        features = ops.pad(features, [[0, 0], [0, missing]])
        return self.projection(self.scaled(features, training=training))

    def scaled(self, features: Any, training: bool = False) -> Any:
        """Scales features by the modalities that items have.

        Args:
            features: Features of items, zeros where one lacks a modality, float
                [batch, features_dim].
            training: Whether modalities are dropped.

        Returns:
            Input of the projections, float [batch, features_dim].
        """
        if not self.modality_dropout:
            return features
        return self.modality_dropout(features, training=training)

    def features(self, photos: Any, training: bool = False) -> Any:
        """Computes the features of images, float [batch, image_dim].

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
