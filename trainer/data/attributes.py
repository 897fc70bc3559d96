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
    said = read_items(data_dir, _said_of)
    found = {}
    for name in sorted({name for one in said for name in one}):
        attribute = _attribute([one.get(name) for one in said])
        having = np.count_nonzero(attribute.values >= 0)
        if 1 < len(attribute.names) <= having / 2:
            found[name] = attribute
        else:
            _logger.warning(
                "%s is no class label and is left out: %d items have it, with "
                "%d distinct values",
                name,
                having,
                len(attribute.names),
            )
    return found


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


def _said_of(item: Item) -> dict[str, str]:
    """Returns the non-empty attributes of an item, by feature name."""
    said = {
        feature_keys.CATEGORY: item.category,
        **{
            feature_keys.ATTRIBUTE + name: value
            for name, value in item.attributes.items()
        },
    }
    return {name: value for name, value in said.items() if value}


def _attribute(values: list[str | None]) -> Attribute:
    """Encodes the values of all items as class indices; None becomes -1."""
    names = sorted({value for value in values if value is not None})
    numbers = {name: number for number, name in enumerate(names)}
    return Attribute(
        names,
        np.array(
            [-1 if value is None else numbers[value] for value in values],
            np.int64,
        ),
    )
