"""Sample of the tables and the photos in a folder."""

import dataclasses
import functools
import glob
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.init.check_table import NotUtf8Error
from beam_jobs.init.check_table import is_utf8
from beam_jobs.init.check_table import repeated_names
from beam_jobs.init.check_table import require_readable
from beam_jobs.init.check_table import require_utf8
from beam_jobs.sources.columns import NULL_VALUES
from beam_jobs.tables import json_lines
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.known_names import rank_of
from beam_jobs.tables.nested import expand
from beam_jobs.tables.nested import names_of
from beam_jobs.tables.photo_folder import photo_paths
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import CSV
from beam_jobs.tables.table import JSON_LINES
from beam_jobs.tables.table import PARQUET
from beam_jobs.tables.table import open_table

ROWS = 20_000
"""Rows of a table that are looked at."""
WESTERN = "cp1252"
"""Encoding in which Excel saves CSV files in Western Europe."""
_UNREAD = {
    **dict.fromkeys(
        (".xlsx", ".xls", ".ods"), "save each of its sheets as CSV in UTF-8"
    ),
    ".zip": "unpack it",
    ".txt": "rename it to .csv if it is a table",
}
"""Advice on files that are not read, by the ending of their names."""


@dataclasses.dataclass(frozen=True)
class SampledColumn:
    """Values of a column in the rows that are looked at.

    Attributes:
        name: Name of the column.
        values: Text of each row's value, None if it is missing.
        holds_bytes: Whether the values are bytes, such as images.
        is_name: Whether the values are names of variants that the columns of
            `name` form, see `item_names`.
    """

    name: str
    values: tuple[str | None, ...]
    holds_bytes: bool = False
    is_name: bool = False

    @functools.cached_property
    def given(self) -> list[str]:
        """Values that are not missing."""
        return [value for value in self.values if value is not None]

    @functools.cached_property
    def distinct(self) -> Counter[str]:
        """Number of rows by value."""
        return Counter(self.given)

    @property
    def filled(self) -> float:
        """Share of the rows that have a value, from 0 to 1."""
        return len(self.given) / max(1, len(self.values))


@dataclasses.dataclass(frozen=True)
class SampledTable:
    """Columns of a table.

    Attributes:
        path: Path or glob pattern of its files.
        columns: Columns by name.
        is_whole: Whether all rows of the table are in the sample.
        encoding: Encoding of what is not UTF-8; None if all is.
    """

    path: str
    columns: dict[str, SampledColumn]
    is_whole: bool
    encoding: str | None = None

    @property
    def num_rows(self) -> int:
        """Number of rows in the sample."""
        return len(next(iter(self.columns.values())).values)


@dataclasses.dataclass(frozen=True)
class Sample:
    """Tables and photos of a folder.

    Attributes:
        folder: Path of the folder.
        tables: Tables that have rows, sorted by path.
        photos: Paths of the photos in the folder and its subfolders.
        problems: Sentences on the files that cannot be read.
    """

    folder: str
    tables: tuple[SampledTable, ...]
    photos: tuple[str, ...]
    problems: tuple[str, ...]


def read_sample(folder: str) -> Sample:
    """Reads the first rows of each table in a folder.

    Args:
        folder: Path of the folder.

    Raises:
        UserError: If there is no such folder.
    """
    if not os.path.isdir(folder):
        raise UserError(
            f"{folder} is not a folder; give the folder with the exports"
        )
    tables, problems = [], []
    for path in _paths(folder, (*CSV, *JSON_LINES, *PARQUET)):
        try:
            table, repeated = _read_table(path)
            problems += repeated
            tables.append(table)
        except UserError as error:
            problems.append(str(error))
    for path in _paths(folder, tuple(_UNREAD)):
        _, ending = os.path.splitext(path.lower().removesuffix(".gz"))
        problems.append(f"{path} is not read: {_UNREAD[ending]}")
    return Sample(
        folder,
        tuple(_without_parts(tables)),
        tuple(photo_paths(folder)),
        tuple(problems),
    )


def _paths(folder: str, endings: tuple[str, ...]) -> list[str]:
    """Returns the files with an ending in a folder and its subfolders."""
    paths = [
        os.path.join(place, name)
        for place, folders, names in os.walk(folder)
        for name in names
        if not name.startswith((".", "_"))
    ]
    return sorted(
        os.path.normpath(path)
        for path in paths
        if path.lower().removesuffix(".gz").endswith(endings)
    )


def _read_table(path: str) -> tuple[SampledTable, list[str]]:
    """Returns a table, and sentences on columns that cannot be used."""
    try:
        return _read_in(path, None)
    except NotUtf8Error:
        if not path.lower().removesuffix(".gz").endswith(CSV):
            raise
        return _read_in(path, WESTERN)


def _read_in(path: str, encoding: str | None) -> tuple[SampledTable, list[str]]:
    dialect = Dialect(encoding=encoding)
    names = open_table(path, {}, dialect).column_names
    single = [name for name in names if name and names.count(name) == 1]
    table = open_table(path, dict.fromkeys(single, "--config"), dialect)
    top = [name for name in single if name not in table.nested]
    kinds = {name: table.types[name] for name in top}
    wanted = [name for name in top if not _holds_bytes(kinds[name])]
    rows: Iterator[Any] = itertools.chain.from_iterable(
        json_lines.read(chunk, None, table.parse)
        if path.lower().removesuffix(".gz").endswith(JSON_LINES)
        else table.read(chunk, wanted)
        for chunk in table.chunks
    )
    read = list(itertools.islice(rows, ROWS + 1))
    first = [row for row in read if isinstance(row, Row)]
    require_readable(path, read)
    require_utf8(path, names, first)
    columns = _columns(first[:ROWS])
    for name, kind in kinds.items():
        if _holds_bytes(kind):
            columns[name] = SampledColumn(name, (None,) * len(first), True)
    sampled = SampledTable(path, columns, len(read) <= ROWS, encoding)
    return sampled, repeated_names(path, names)


def _holds_bytes(kind: pa.DataType | None) -> bool:
    return kind is not None and pa.types.is_binary(kind)


def _columns(rows: list[Row]) -> dict[str, SampledColumn]:
    """Returns the columns, also those inside records, a row for each item."""
    names = dict.fromkeys(name for row in rows for name in names_of(row.values))
    top = {name for row in rows for name in row.values}
    lists = {
        name
        for row in rows
        for name, value in row.values.items()
        if isinstance(value, list)
    }
    # A row can be repeated for the records of one list only: that of the items.
    items = [
        name.partition(".")[0]
        for name in names
        if name not in top and rank_of(name, "item_column") is not None
    ]
    dropped = lists - set(items[:1])
    kept = [name for name in names if name.partition(".")[0] not in dropped]
    nested = {name for name in kept if name not in top}
    parents = {name.partition(".")[0] for name in nested}
    wanted = [name for name in kept if name not in parents]
    flat = [
        one
        for row in rows
        for one in _flat(row, {*top, *parents}, wanted, nested)
    ]
    return {
        name: SampledColumn(
            name, tuple(_text(row.values[name]) for row in flat)
        )
        for name in wanted
    }


def _flat(
    row: Row, top: set[str], wanted: list[str], nested: set[str]
) -> Iterator[Row]:
    values = {name: row.values.get(name) for name in top}
    whole = Row(row.address, values)
    if not nested:
        yield whole
        return
    for one in expand(whole, wanted, nested):
        if isinstance(one, Row):
            yield one


def _text(value: Any) -> str | None:
    """Returns a cell as text; None if it is missing or not UTF-8."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Integers of pandas, where one is missing.
    text = str(value)
    blank = not text.strip() or text.strip() in NULL_VALUES
    return None if blank or not is_utf8(text) else text


def _without_parts(tables: list[SampledTable]) -> Iterator[SampledTable]:
    """Yields the tables, the parts of one table as one with a pattern.

    Shopify splits a long export: `orders_export_1.csv`, `orders_export_2.csv`.
    """
    by_form: dict[tuple[str, ...], list[SampledTable]] = {}
    for table in tables:
        _, ending = os.path.splitext(table.path)
        form = (os.path.dirname(table.path), ending, *sorted(table.columns))
        by_form.setdefault(form, []).append(table)
    for (folder, ending, *_), parts in by_form.items():
        paths = [part.path for part in parts]
        start = os.path.commonprefix(list(map(os.path.basename, paths)))
        # An escaped bracket would be `[[]`, which Beam warns of.
        plain = re.sub(r"[*?\[\]]", "?", os.path.join(folder, start))
        pattern = f"{plain}*{ending}"
        if len(parts) == 1 or sorted(glob.glob(pattern)) != paths:
            yield from parts
        else:
            yield _joined(pattern, parts)


def _joined(pattern: str, parts: list[SampledTable]) -> SampledTable:
    columns = {}
    for name, first in parts[0].columns.items():
        values = [
            value for part in parts for value in part.columns[name].values
        ]
        columns[name] = SampledColumn(name, tuple(values), first.holds_bytes)
    encodings = [one.encoding for one in parts if one.encoding]
    return SampledTable(
        pattern,
        columns,
        all(one.is_whole for one in parts),
        next(iter(encodings), None),
    )
