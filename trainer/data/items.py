"""Reader of item records in item index order."""

from collections.abc import Callable
from typing import TypeVar

from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import parse_item
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.errors import contradiction

Part = TypeVar("Part")


def read_items(data_dir: str, part: Callable[[Item], Part]) -> list[Part]:
    """Reads one value of each item, in item index order.

    Args:
        data_dir: Folder of a prepared data set.
        part: Function that returns the value to keep of an item.

    Returns:
        The values of all items, one per item.

    Raises:
        UserError: If an item of the vocabulary has no record.
    """
    found = {}
    for batch in read_records(paths.items(data_dir)):
        for record in batch.numpy():
            item = parse_item(record)
            found[item.item_id] = part(item)
    item_ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    try:
        return [found[item_id] for item_id in item_ids]
    except KeyError as error:
        raise contradiction(data_dir, error) from error
