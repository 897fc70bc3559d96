"""Class labels of the items: categories and free attributes."""

import dataclasses
import logging

import numpy as np

from atelier.schema import feature_keys
from atelier.schema.item import Item
from trainer.data.items import read_items

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Attribute:
    """A categorical feature of the items.

    Attributes:
        names: Names of the classes, sorted.
        values: Class index of each item, -1 if it has none, int64 [items].
    """

    names: list[str]
    values: np.ndarray


def load_attributes(data_dir: str) -> dict[str, Attribute]:
    """Loads the item attributes that are usable as class labels.

    A label needs at least two classes, and on average at least two items per
    class. Other attributes are left out with a warning in the log.

    Args:
        data_dir: Folder of a prepared data set.

    Returns:
        Attributes by feature name, `category` or `attribute/…`, sorted. An
        attribute that no item has is not included.

    Raises:
        UserError: If the files of the data set are inconsistent.
    """
    values_of_items = read_items(data_dir, _values_of)
    attributes = {}
    for name in sorted({name for values in values_of_items for name in values}):
        attribute = _attribute([values.get(name) for values in values_of_items])
        num_values = np.count_nonzero(attribute.values >= 0)
        if 1 < len(attribute.names) <= num_values / 2:
            attributes[name] = attribute
        else:
            _logger.warning(
                "%s is no class label and is left out: %d items have it, with "
                "%d distinct values",
                name,
                num_values,
                len(attribute.names),
            )
    return attributes


def load_categories(data_dir: str) -> np.ndarray:
    """Loads the category id of each item, in item index order.

    Args:
        data_dir: Folder of a prepared data set.

    Returns:
        Category ids from 0, int64 [items]. All items without a category share
        one additional id.

    Raises:
        UserError: If the files of the data set are inconsistent.
    """
    categories = read_items(data_dir, lambda item: item.category)
    _, numbers = np.unique(categories, return_inverse=True)
    return numbers.astype(np.int64)


def load_products(data_dir: str) -> np.ndarray | None:
    """Loads the product of each item, in item index order.

    Args:
        data_dir: Folder of a prepared data set.

    Returns:
        Product ids from 0, equal for the variants of a product, int64 [items];
        None if no two items are variants of one. An item without a group is a
        product of its own.

    Raises:
        UserError: If the files of the data set are inconsistent.
    """
    groups = read_items(data_dir, lambda item: item.group_id)
    ids: dict[str | int, int] = {}
    products = [
        ids.setdefault(group or index, len(ids))
        for index, group in enumerate(groups)
    ]
    return np.array(products) if len(ids) < len(groups) else None


def _values_of(item: Item) -> dict[str, str]:
    """Returns the non-empty attributes of an item, by feature name."""
    values = {
        feature_keys.CATEGORY: item.category,
        **{
            feature_keys.ATTRIBUTE + name: value
            for name, value in item.attributes.items()
        },
    }
    return {name: value for name, value in values.items() if value}


def _attribute(values: list[str | None]) -> Attribute:
    """Encodes the values of all items as class indices; None becomes -1."""
    names = sorted({value for value in values if value is not None})
    indices = {name: index for index, name in enumerate(names)}
    return Attribute(
        names,
        np.array(
            [-1 if value is None else indices[value] for value in values],
            np.int64,
        ),
    )
