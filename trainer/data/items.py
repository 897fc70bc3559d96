"""Reads the records of the items, once each, for whoever wants some of it."""

from collections.abc import Callable
from typing import TypeVar

from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import parse_item
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.errors import contradiction

Part = TypeVar("Part")


def read_items(data_dir: str, part: Callable[[Item], Part]) -> list[Part]:
    """Reads something of each item, in the order of the items.

    Args:
        data_dir: A prepared data set.
        part: What is kept of an item.

    Raises:
        UserError: If an item of the vocabulary has no record.
    """
    found = {}
    for batch in paths.read_records(paths.items(data_dir)):
        for record in batch.numpy():
            item = parse_item(record)
            found[item.item_id] = part(item)
    item_ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    try:
        return [found[item_id] for item_id in item_ids]
    except KeyError as error:
        raise contradiction(data_dir, error) from error
