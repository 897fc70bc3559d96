"""Reader of item records in item index order."""

from collections.abc import Callable
from typing import TypeVar

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import parse_item
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary

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
    parts = {}
    for batch in read_records(paths.items(data_dir)):
        for record in batch.numpy():
            item = parse_item(record)
            parts[item.item_id] = part(item)
    item_ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    try:
        return [parts[item_id] for item_id in item_ids]
    except KeyError as error:
        raise contradiction(data_dir, error) from error


def contradiction(data_dir: str, missing: KeyError) -> UserError:
    """Returns the error for an id that is missing from some files.

    Args:
        data_dir: Folder of the prepared data set.
        missing: The lookup error that names the id.
    """
    return UserError(
        f"{data_dir} is inconsistent: the id {missing} is in some of its files "
        "but not in others; prepare the data set again"
    )
