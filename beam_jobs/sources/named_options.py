"""Attributes whose names are in another column, as in exports of shops.

Shopify and WooCommerce state the options of a product in pairs of columns, such
as `Option1 Name` and `Option1 Value`. The first option of one product may be
the size, and that of another product the color.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

NO_OPTION = "Default Title"
"""Option in Shopify's exports of a product without options."""
_NAME = "name of option {}"
_VALUE = "value of option {}"
"""Names of a pair of columns among the values of a row, from 1."""


def option_columns(pairs: str) -> dict[str, str]:
    """Returns the columns of `--option_columns`, by name in a row.

    Args:
        pairs: `NAME_COLUMN=VALUE_COLUMN`, separated by commas; "" for none.

    Raises:
        UserError: If a pair lacks one of its columns.

    Example:
        option_columns("Option1 Name=Option1 Value")
    """
    columns = {}
    for place, pair in enumerate(listed(pairs), 1):
        name, _, value = pair.partition("=")
        if not (name and value):
            raise UserError(
                "--option_columns must be pairs of columns such as "
                f"'Option1 Name=Option1 Value', got {pair!r}"
            )
        columns[_NAME.format(place)] = name
        columns[_VALUE.format(place)] = value
    return columns


def name_options(
    rows: Iterable[Row | BadRow], shares_names: bool
) -> Iterator[Row | BadRow]:
    """Yields the rows with their options among the attributes.

    Where options and attributes have the same name, the first value counts.

    Args:
        rows: Rows of a file with the columns of `option_columns`.
        shares_names: Whether rows without a name of an option have that of the
            first row of their `GROUP_ID`, as in exports of Shopify.
    """
    first: dict[tuple[str, str], Any] = {}
    for row in rows:
        if isinstance(row, Row):
            names = _names(row)
            group = row.values.get(GROUP_ID)
            if shares_names and group is not None:
                for place, name in names.items():
                    shared = first.setdefault((str(group), place), name)
                    names[place] = shared if name is None else name
            row = _with_options(row, names)
        yield row


def _names(row: Row) -> dict[str, Any]:
    """Returns the names of the options of a row, by place."""
    start = _NAME.format("")
    return {
        name.removeprefix(start): value
        for name, value in row.values.items()
        if name.startswith(start)
    }


def _with_options(row: Row, names: Mapping[str, Any]) -> Row:
    attributes = dict(row.values[ATTRIBUTES])
    for place, name in names.items():
        value = row.values[_VALUE.format(place)]
        if name is None or value in (None, NO_OPTION):
            continue
        name = _spelled(name)
        if attributes.get(name) is None:
            attributes[name] = value
    values = {**row.values, ATTRIBUTES: attributes}
    return dataclasses.replace(row, values=values)


def _spelled(name: Any) -> str:
    """Returns a name in the spelling of all products: `color` is `Color`."""
    text = " ".join(str(name).split())
    return text[:1].upper() + text[1:]
