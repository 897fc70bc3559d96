"""Mapping of table columns to the names that `Source` defines."""

import dataclasses
import decimal
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import apache_beam as beam

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import USER_ID
from beam_jobs.tables import bigquery_table
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import Table

NULL_VALUES = (
    *("\\N", "NULL", "null", "(null)", "[NULL]", "None", "undefined"),
    *("NaN", "nan", "NaT", "NA", "<NA>", "N/A", "n/a", "#N/A", "(not set)"),
)
"""Texts that databases, pandas, R, browsers, spreadsheets and Google Analytics
write for none."""

_IDS = (USER_ID, ITEM_ID, CATEGORY, GROUP_ID)
_MAX_EXACT = 2**53
"""Floats above it do not hold every integer."""


@dataclasses.dataclass(frozen=True)
class NamedColumns:
    """Reader of table columns under the names that `Source` defines.

    Attributes:
        table: Table to read.
        columns: Column of each name, None if the table has no such column.
        attributes: Columns that become item attributes, by attribute.
        null_values: Texts that stand for a missing value.

    Example:
        table = open_table("events.csv", {"customer": "--user_column"})
        events = NamedColumns(table, {USER_ID: "customer", TIME: None})
        rows = [row for chunk in table.chunks for row in events.read(chunk)]
    """

    table: Table
    columns: Mapping[str, str | None]
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    null_values: tuple[str, ...] = NULL_VALUES

    def read(self, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk."""
        return self._renamed(self.table.read(chunk, self._wanted))

    def reader(self) -> beam.PTransform:
        """Returns the transform that reads records of a table of BigQuery."""
        wanted = self.table.parents(self._wanted)
        return bigquery_table.reader(self.table.pattern, wanted)

    def rows_of(self, record: dict[str, Any]) -> Iterator[Row | BadRow]:
        """Returns the rows of a record of `reader`."""
        row = bigquery_table.row_of(self.table.pattern, record)
        return self._renamed(self.table.expanded([row], self._wanted))

    @property
    def _wanted(self) -> list[str]:
        given = [one for one in self.columns.values() if one]
        return sorted({*given, *self.attributes.values()})

    def _renamed(self, rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        given = {name: one for name, one in self.columns.items() if one}
        for row in rows:
            if isinstance(row, Row):
                yield self._named(row, given)
            else:
                yield row

    def _named(self, row: Row, given: Mapping[str, str]) -> Row:
        cells = {name: self._value(value) for name, value in row.values.items()}
        values: dict[str, Any] = {
            name: _whole(cells[one]) if name in _IDS else cells[one]
            for name, one in given.items()
        }
        values[ATTRIBUTES] = {
            name: cells[column] for name, column in self.attributes.items()
        }
        return Row(row.address, values)

    def _value(self, value: Any) -> Any:
        """Returns a cell, text for bytes, and None for a missing value."""
        if isinstance(value, bytes):  # Text columns of Hive and Impala.
            value = value.decode("utf-8", "surrogateescape")
        if isinstance(value, str):
            text = value.strip()
            return value if text and text not in self.null_values else None
        return None if value != value else value  # NaN equals nothing.


def _whole(value: Any) -> Any:
    """Returns an id as an integer if it is a number without a fraction.

    pandas holds integers as floats where one is missing; Oracle's numbers
    become decimals.
    """
    is_decimal = isinstance(value, decimal.Decimal)
    if is_decimal or (isinstance(value, float) and abs(value) < _MAX_EXACT):
        return int(value) if value == int(value) else value
    return value


def attributes_of(columns: str | None) -> dict[str, str]:
    """Parses `--attribute_columns`.

    Args:
        columns: Columns separated by commas, `NAME=COLUMN` for an attribute
            with another name than its column; None for none.

    Returns:
        Column of each attribute, by the name of the attribute.

    Raises:
        UserError: If a name occurs more than once.

    Example:
        attributes_of("brand,Color=Option2 Value")
    """
    attributes: dict[str, str] = {}
    for text in listed(columns or ""):
        name, _, column = text.partition("=")
        if name in attributes:
            raise UserError(
                f"--attribute_columns names {name!r} more than once; name it "
                "once"
            )
        if name:
            attributes[name] = column or name
    return attributes


def check_texts(table: Table, flags: Mapping[str, str]) -> None:
    """Rejects text columns with binary or nested types.

    Args:
        table: Table of the items.
        flags: Flag that names the column, by column.

    Raises:
        UserError: If a column holds bytes, lists or another nested type.
    """
    for name, flag in flags.items():
        kind = table.types[name]
        if kind is not None and (
            "binary" in str(kind) or pa.types.is_nested(kind)
        ):
            raise UserError(
                f"column {name!r} of {table.pattern} holds {kind}, not text, "
                f"a number or a date; remove it from {flag}"
            )
