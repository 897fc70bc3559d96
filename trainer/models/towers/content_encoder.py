"""Features of the content of items beside the image."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras import ops

from trainer.data.item_content import ItemContent
from trainer.models.layers.pca import PrincipalComponents
from trainer.models.layers.token_bag import TokenBag
from trainer.models.tokens import attribute_tokens
from trainer.models.tokens import hash_tokens
from trainer.models.tokens import words_and_pairs

ATTRIBUTES = "attributes"
TEXT = "text"
BROUGHT = "features"
CONTENT = (ATTRIBUTES, TEXT, BROUGHT)
"""Modalities beside the image, in the order of their features."""

NUM_BUCKETS = {ATTRIBUTES: 1 << 13, TEXT: 1 << 15}
"""Hash buckets: on H&M 19,907 items have 1,500 and 60,000 distinct tokens."""

_ITEMS_PER_BATCH = 1024
"""Items embedded at a time: a description has up to hundreds of tokens."""


@keras.saving.register_keras_serializable(package="atelier")
class ContentEncoder(layers.Layer):
    """Attributes, text and brought vectors of items as unit vectors.

    Each modality has `size` features: a `TokenBag` of the attributes and one
    of the text, and the principal components of brought vectors. An item that
    lacks a modality has zeros there. Fitted once to a catalog.

    Example:
        encoder = ContentEncoder(("attributes", "text"), size=256)
        encoder.fit(content)
        features = encoder.encode(content)  # [items, 512]

    Args:
        modalities: Modalities, some of `CONTENT`.
        size: Number of features of each modality.
        vectors_dim: Width of the brought vectors; 0 without them.
        name: Name of the layer.
        **kwargs: Further arguments of `keras.layers.Layer`.

    Attributes:
        width: Number of features.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        size: int,
        vectors_dim: int = 0,
        name: str = "content",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.modalities = tuple(name for name in CONTENT if name in modalities)
        self.size, self._vectors_dim = size, vectors_dim
        self.width = size * len(self.modalities)
        # Checkpoints hold what is an attribute, not what is in a dictionary.
        self.attributes = self._bag(ATTRIBUTES)
        self.text = self._bag(TEXT)
        self.components: PrincipalComponents | None = None
        if BROUGHT in modalities:
            self.components = PrincipalComponents(size, name="components")
            self.components.build((None, vectors_dim))
        self.built = True

    def _bag(self, name: str) -> TokenBag | None:
        if name not in self.modalities:
            return None
        return TokenBag(self.size, NUM_BUCKETS[name], name=f"{name}_bag")

    @property
    def bags(self) -> dict[str, TokenBag]:
        """Bags of tokens by modality, in the order of their features."""
        bags = {ATTRIBUTES: self.attributes, TEXT: self.text}
        return {name: bag for name, bag in bags.items() if bag}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "modalities": list(self.modalities),
            "size": self.size,
            "vectors_dim": self._vectors_dim,
        }

    def fit(self, content: ItemContent) -> None:
        """Fits the bags and the components to the content of a catalog."""
        for name, bag in self.bags.items():
            buckets = hash_tokens(_tokens(name, content), bag.num_buckets)
            bag.fit(buckets.values.numpy(), buckets.row_splits.numpy())
        if self.components:
            vectors = _vectors_of(content)
            self.components.fit(vectors[vectors.any(axis=1)])

    def encode(self, content: ItemContent) -> np.ndarray:
        """Returns the features of items, float32 [items, width]."""
        blocks = []
        for name, bag in self.bags.items():
            tokens = _tokens(name, content)
            starts = range(0, tokens.shape[0], _ITEMS_PER_BATCH)
            rows = [
                _embed(bag, tokens[start : start + _ITEMS_PER_BATCH])
                for start in starts
            ]
            blocks.append(np.concatenate(rows))
        if self.components:
            vectors = _vectors_of(content)
            known = vectors.any(axis=1, keepdims=True)
            blocks.append(np.where(known, self.components(vectors), 0))
        return np.concatenate(blocks, axis=1).astype(np.float32)

    def call(self, text: tf.Tensor) -> Any:
        """Computes the features of items that are described in words.

        Args:
            text: Descriptions such as "linen dress, blue", string [batch].

        Returns:
            Features, those of brought vectors 0, float [batch, width].
        """
        words = words_and_pairs(text)
        features = [_embed(bag, words) for bag in self.bags.values()]
        features = ops.concatenate(features, axis=1)
        missing = self.width - features.shape[1]
        return ops.pad(features, [[0, 0], [0, missing]])


def _tokens(name: str, content: ItemContent) -> tf.RaggedTensor:
    if name == ATTRIBUTES:
        return attribute_tokens(content.attributes)
    return words_and_pairs(content.text)


def _embed(bag: TokenBag, tokens: tf.RaggedTensor) -> Any:
    buckets = hash_tokens(tokens, bag.num_buckets)
    return bag(buckets.values, buckets.value_rowids(), num_rows=buckets.nrows())


def _vectors_of(content: ItemContent) -> np.ndarray:
    if content.vectors is None:
        raise ValueError(
            f"a `ContentEncoder` with the modality {BROUGHT!r} needs "
            "`ItemContent.vectors`, received: None"
        )
    return content.vectors
