"""What the shop says of its items: categories and free attributes."""

import dataclasses
import logging

import numpy as np

from atelier.schema import feature_keys
from atelier.schema.item import Item
from trainer.data.items import read_items

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Attribute:
    """Something that the shop says of its items, as classes of them.

    Attributes:
        names: The values that there are, sorted.
        values: Which of them each item has, -1 where it has none, int64
            [items].
    """

    names: list[str]
    values: np.ndarray


def load_attributes(data_dir: str) -> dict[str, Attribute]:
    """Reads all that the shop says of its items and that groups them.

    What has one value, or almost as many values as items, is no class of items:
    it is left out, and the log says so.

    Args:
        data_dir: A prepared data set.

    Returns:
        By the name of the feature, `category` or `attribute/…`, sorted; those
        that no item has are not among it.

    Raises:
        UserError: If the data set contradicts itself.
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
                "%s does not group the items and is left out: %d items have "
                "it, with %d different values",
                name,
                having,
                len(attribute.names),
            )
    return found


def load_categories(data_dir: str) -> np.ndarray:
    """Reads the category of each item, in the order of the items.

    Args:
        data_dir: A prepared data set.

    Returns:
        Numbers of categories, counted from 0; an item without one is in a
        category of its own kind, int64 [items].

    Raises:
        UserError: If the data set contradicts itself.
    """
    categories = read_items(data_dir, lambda item: item.category)
    _, numbers = np.unique(categories, return_inverse=True)
    return numbers.astype(np.int64)


def _said_of(item: Item) -> dict[str, str]:
    """Returns what is said of an item, by the name of the feature."""
    said = {
        feature_keys.CATEGORY: item.category,
        **{
            feature_keys.ATTRIBUTE + name: value
            for name, value in item.attributes.items()
        },
    }
    return {name: value for name, value in said.items() if value}


def _attribute(values: list[str | None]) -> Attribute:
    """Numbers the values of all items, None where one has none."""
    names = sorted({value for value in values if value is not None})
    numbers = {name: number for number, name in enumerate(names)}
    return Attribute(
        names,
        np.array(
            [-1 if value is None else numbers[value] for value in values],
            np.int64,
        ),
    )
