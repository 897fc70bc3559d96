"""Readers of item records, in the order of the shards or of the indices."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import TypeVar

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import parse_item
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary

Part = TypeVar("Part")


def iterate_items(data_dir: str) -> Iterator[Item]:
    """Yields all items, in the order of the shards.

    Args:
        data_dir: Folder of a prepared data set.

    Raises:
        UserError: If a shard is damaged.
    """
    for batch in read_records(paths.items(data_dir)):
        yield from map(parse_item, batch.numpy())


def read_items(data_dir: str, part: Callable[[Item], Part]) -> list[Part]:
    """Reads one value of each item, in item index order.

    Args:
        data_dir: Folder of a prepared data set.
        part: Function that returns the value to keep of an item.

    Returns:
        The values of all items, one per item.

    Raises:
        UserError: If a shard is damaged, or the shards and the vocabulary hold
            different items.
    """
    parts = {item.item_id: part(item) for item in iterate_items(data_dir)}
    item_ids = read_vocabulary(paths.vocabulary(data_dir, "items"))
    try:
        values = [parts.pop(item_id) for item_id in item_ids]
    except KeyError as error:
        raise contradiction(data_dir, error) from error
    if parts:
        raise contradiction(data_dir, KeyError(next(iter(parts))))
    return values


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
