"""Content of the items beside the image: attributes, text, brought vectors."""

import dataclasses

import numpy as np
import tensorflow as tf

from atelier.schema import feature_keys
from atelier.schema.item import Item
from trainer.data.items import read_items
from trainer.data.vector_table import read_vectors


@dataclasses.dataclass(frozen=True)
class ItemContent:
    """Content of some items beside their images.

    Attributes:
        attributes: Category and attributes of each item as "name=value",
            ragged string [items, None].
        text: Title and description of each item, string [items].
        vectors: Brought feature vectors, zeros for an item without one,
            float32 [items, V]; None if there are none.
    """

    attributes: tf.RaggedTensor
    text: tf.Tensor
    vectors: np.ndarray | None = None


def load_item_content(
    data_dir: str, features: str = "", features_dim: int = 0
) -> ItemContent:
    """Loads the content of the items of a data set, in item index order.

    Args:
        data_dir: Folder of a prepared data set.
        features: Pattern of the Parquet files of the brought vectors, with the
            columns `item_id` and `embedding`; "" for none.
        features_dim: Number of values of each brought vector.

    Raises:
        UserError: If the files of the data set are inconsistent, or those of
            the vectors are unusable.
    """
    rows = read_items(data_dir, _texts)
    attributes, text, item_ids = zip(*rows, strict=True)
    return ItemContent(
        tf.ragged.constant(attributes, tf.string, ragged_rank=1),
        tf.constant(text),
        read_vectors(features, item_ids, features_dim) if features else None,
    )


def _texts(item: Item) -> tuple[list[str], str, str]:
    """Returns the attributes, the text and the id of an item."""
    values = {feature_keys.CATEGORY: item.category, **item.attributes}
    attributes = [f"{name}={value}" for name, value in values.items() if value]
    text = f"{item.title} {item.description}"
    return attributes, text, item.item_id
