"""Which table holds the interactions, and which the items: by shared ids."""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator

from beam_jobs.init.column_contents import holds_times
from beam_jobs.init.column_contents import is_id_like
from beam_jobs.init.column_contents import share_in
from beam_jobs.init.column_contents import share_of_images
from beam_jobs.init.sample import SampledColumn
from beam_jobs.init.sample import SampledTable
from beam_jobs.tables.known_names import KNOWN_NAMES
from beam_jobs.tables.known_names import rank_of

_ID_FLAGS = ("user_column", "item_column", "group_column", "title_column")
_DESCRIPTIONS = (
    *("title_column", "description_column", "category_column", "price_column"),
    "attribute_columns",
)
_NO_IDS = tuple(flag for flag in KNOWN_NAMES if flag not in _ID_FLAGS)
_ENOUGH = 0.5
"""Lowest share of the item ids that must be in the table of the items."""


@dataclasses.dataclass(frozen=True)
class Join:
    """Ids of one table that are found in another.

    Attributes:
        column: Column with the ids.
        other: Column of the other table that has them.
        share: Share of the ids that the other table has, from 0 to 1.
        score: Plausibility that the ids are those of items, by values first
            and names second.
    """

    column: SampledColumn
    other: SampledColumn
    share: float
    score: float


@dataclasses.dataclass(frozen=True)
class Log:
    """Interactions, and the table of their items.

    Attributes:
        table: Table of the interactions.
        user: Column with the users.
        items: Table of the items, which may be that of the interactions.
        join: Item ids of the interactions in the table of the items.
        is_user_known: Whether the name of the users' column is a usual one.
    """

    table: SampledTable
    user: SampledColumn
    items: SampledTable
    join: Join
    is_user_known: bool


def find_log(tables: Iterable[SampledTable]) -> Log | None:
    """Returns the interactions and their items, None if there are none.

    Args:
        tables: Tables of the folder.
    """
    tables = list(tables)
    logs = [
        log
        for table in tables
        for items in tables
        for log in _logs(table, items)
    ]
    return max(logs, key=_plausibility, default=None)


def _plausibility(log: Log) -> tuple[bool, float]:
    """Sort key: a usual name of the users, then the ids of the items.

    A table that describes no item is one of photos.
    """
    describes = any(ranked(log.items, flag) for flag in _DESCRIPTIONS)
    return log.is_user_known, log.join.score + 2 * describes


def joins_of(table: SampledTable, other: SampledTable) -> list[Join]:
    """Returns the ids of items of one table in another, most plausible first.

    Args:
        table: Table with ids, several rows may have the same.
        other: Table of items or photos.
    """
    joins = [
        join
        for column, key in itertools.product(_keys(table), _keys(other))
        if (join := _join(column, key)) is not None
    ]
    return sorted(joins, key=lambda join: -join.score)


def ranked(table: SampledTable, flag: str) -> list[SampledColumn]:
    """Returns the columns with a usual name for a flag, the best first.

    A name that is usual for more rows beats a better one: columns with a value
    in most rows come before the others.

    Args:
        table: Table with the columns.
        flag: Key of `KNOWN_NAMES`.
    """
    known = {
        name: rank
        for name in table.columns
        if (rank := rank_of(name, flag)) is not None
    }
    return sorted(
        (table.columns[name] for name in known),
        key=lambda one: (one.filled < 0.9, known[one.name]),
    )


def _logs(table: SampledTable, items: SampledTable) -> Iterator[Log]:
    users = [one for one in ranked(table, "user_column") if one.filled > 0.3]
    if items is table:
        item = next(iter(ranked(table, "item_column")), None)
        if users and item is not None and item.given:
            join = Join(item, item, 1.0, 0.8)
            yield Log(table, users[0], items, join, True)
        return
    # A table of users has their ids too, and describes no items.
    joins = [
        join
        for join in joins_of(table, items)
        if rank_of(join.column.name, "user_column") is None
    ]
    if not joins:
        return
    found = joins[0]
    if users:
        yield Log(table, users[0], items, found, True)
        return
    unnamed = _unnamed_user(table, found)
    if unnamed is not None:
        yield Log(table, unnamed, items, found, False)


def _unnamed_user(table: SampledTable, join: Join) -> SampledColumn | None:
    """Returns the column of most different values that repeat as users do."""
    candidates = [
        one
        for one in _keys(table)
        if one is not join.column
        and one.filled > 0.9
        and 3 <= len(one.distinct) <= len(one.given) / 2
        and not holds_times(one)
    ]
    return max(candidates, key=lambda one: len(one.distinct), default=None)


def _keys(table: SampledTable) -> list[SampledColumn]:
    """Returns the columns that may hold ids."""
    return [
        column
        for column in table.columns.values()
        if column.given
        and is_id_like(column)
        and share_of_images(column) < _ENOUGH
        and (
            any(rank_of(column.name, flag) is not None for flag in _ID_FLAGS)
            or all(rank_of(column.name, flag) is None for flag in _NO_IDS)
        )
    ]


def _join(column: SampledColumn, key: SampledColumn) -> Join | None:
    shared = column.distinct.keys() & key.distinct.keys()
    if len(shared) < 3:
        return None
    share = share_in(column, shared)
    if share < _ENOUGH:
        return None
    covered = len(shared) / len(key.distinct)
    unique = len(key.distinct) / len(key.given)
    named = sum(
        rank_of(one.name, "item_column") is not None for one in (column, key)
    )
    score = share * column.filled + covered / 2 + unique / 2 + named / 5
    return Join(column, key, share, score)
