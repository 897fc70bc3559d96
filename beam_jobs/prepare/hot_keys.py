"""Items and users with very many interactions, whose work is spread or named.

A shuffle gives all values of a key to one worker, which holds them in a list:
10 million interactions of one item are 4.2 GB. The interactions of a hot item
are joined under several keys. Those of a user stay together, because the split
depends on all of them; a hot user, mostly a bot, is named.
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from beam_jobs.shards import shard_of_id
from beam_jobs.tables.row import Address

HOT = 100_000
"""Interactions of an item or a user above which it is hot: 42 MB."""
HOT_KEYS = "hot_keys"
_NAMED = 3
"""Hot keys that a line names."""
Salted = tuple[str, int]
"""(item id, salt): key of a part of the interactions of an item."""


class FindHotItems(beam.PTransform):
    """Finds the items with more than `HOT` interactions.

    The input is a collection of (item id, interaction).

    Example:
        hot = interactions | FindHotItems()
    """

    def expand(self, interactions: beam.PCollection[Any]) -> Any:
        """Returns (item id, number of interactions)."""
        return (
            interactions
            | "Count" >> beam.combiners.Count.PerKey()
            | "Keep hot" >> beam.Filter(_has_hot_count)
        )


def is_hot(count: int) -> bool:
    """Returns whether a number of interactions makes an id hot."""
    return count > HOT


def salted(
    element: tuple[str, tuple[str, int | None, float | None, Address]],
    hot: dict[str, int],
) -> tuple[Salted, Any]:
    """Returns an interaction under a key of at most about `HOT` of them.

    Args:
        element: Item id, and (user id, time, weight, address).
        hot: Number of interactions of the hot items.
    """
    item_id, interaction = element
    path, row = interaction[-1]
    # Hashed, because interactions may stand at regular distances.
    salt = shard_of_id(f"{path}\n{row}", _num_salts(item_id, hot))
    return (item_id, salt), interaction


def with_all_salts(
    element: tuple[str, Any], hot: dict[str, int]
) -> Iterator[tuple[Salted, Any]]:
    """Yields an item under each key that its interactions may have.

    Args:
        element: Item id and any value.
        hot: Number of interactions of the hot items.
    """
    item_id, value = element
    for salt in range(_num_salts(item_id, hot)):
        yield (item_id, salt), value


def hot_counter(
    element: tuple[str, int], table: str
) -> tuple[tuple[str, str, str], int]:
    """Returns the counter of a hot key in the summary.

    Args:
        element: Id and number of interactions.
        table: `items` or `users`.
    """
    id_, count = element
    return (HOT_KEYS, table, id_), count


def hot_lines(hot_keys: dict[str, dict[str, int]]) -> list[str]:
    """Returns lines for the terminal that name the hottest items and users.

    Args:
        hot_keys: Number of interactions, {table: {id: count}}.
    """
    return [_line(table, counts) for table, counts in hot_keys.items()]


def _line(table: str, counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = ", ".join(f"{id_!r} {count:,}" for id_, count in ordered[:_NAMED])
    line = (
        f"{table} with more than {HOT:,} interactions: {len(counts)} ({named}"
    )
    return f"{line}{', ...' if len(counts) > _NAMED else ''})"


def _num_salts(item_id: str, hot: dict[str, int]) -> int:
    return 1 + hot.get(item_id, 0) // HOT


def _has_hot_count(element: tuple[str, int]) -> bool:
    return is_hot(element[1])
