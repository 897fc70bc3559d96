"""Columns inside records, such as `items.item_id` in events of BigQuery.

The name of such a column is the path to it. A list of records gives one row per
record, with the columns of the row that holds the list.
"""

from collections.abc import Collection
from collections.abc import Iterator
from typing import Any

from atelier.io.parquet import pa
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row


def names_of(values: dict[str, Any]) -> Iterator[str]:
    """Yields the names of a JSON object, its own and those inside records."""
    for name, value in values.items():
        yield name
        for record in value if isinstance(value, list) else [value]:
            if isinstance(record, dict):
                yield from (f"{name}.{one}" for one in _paths(record))


def fields_of(kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    """Yields (path, type) of the fields of a record or a list of records."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind):
        for field in kind:
            yield field.name, field.type
            if pa.types.is_struct(field.type):
                for path, inner in fields_of(field.type):
                    yield f"{field.name}.{path}", inner


def parents_of(columns: Collection[str], nested: Collection[str]) -> list[str]:
    """Returns the top-level columns that hold the columns, each once.

    Args:
        columns: Names of columns.
        nested: Columns of the table that are inside records.
    """
    return sorted(
        {one.partition(".")[0] if one in nested else one for one in columns}
    )


def expand(
    row: Row, columns: Collection[str], nested: Collection[str]
) -> Iterator[Row | BadRow]:
    """Yields a row with the columns for each record of the row's list.

    A row without records yields nothing.

    Args:
        row: Row of the top-level columns.
        columns: Names of columns.
        nested: Columns of the table that are inside records.
    """
    parents = {one.partition(".")[0] for one in columns if one in nested}
    if not any(row.values[name] for name in parents):
        return
    lists = [one for one in parents if isinstance(row.values[one], list)]
    if len(lists) > 1:
        listed = " and ".join(map(repr, sorted(lists)))
        detail = f"the columns belong to several lists, {listed}"
        yield BadRow(row.address, MALFORMED, detail)
        return
    for record in row.values[lists[0]] if lists else [None]:
        values = {**row.values, **{name: record for name in lists}}
        yield Row(
            row.address,
            {
                name: _value(values, name) if name in nested else values[name]
                for name in columns
            },
        )


def _paths(record: dict[str, Any]) -> Iterator[str]:
    for name, value in record.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{one}" for one in _paths(value))


def _value(values: Any, path: str) -> Any:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, dict) else None
    return values
