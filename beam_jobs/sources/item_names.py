"""Item ids from names, for exports of Shopify whose products have no SKUs.

Shopify names the line items of an order `Title - Option 1 / Option 2`; the
table of the products has the parts in columns. The ids of the items are these
names. Where two products have the same name, nobody can say which of them an
order means: their ids also state the product, and so match no order.
"""

import collections
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TypeGuard

from atelier.cli.flags import listed
from beam_jobs.sources.named_options import NO_OPTION
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

OPTION = "option of the name {}"
"""Name of an option of a variant among the values of a row, from 1."""


def name_columns(columns: str) -> dict[str, str]:
    """Returns the columns of `--item_name_columns`, by name in a row.

    Args:
        columns: Columns of the title and the options, separated by commas;
            "" for none.
    """
    return {
        OPTION.format(place) if place else ITEM_ID: column
        for place, column in enumerate(listed(columns))
    }


def name_items(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """Yields the rows with the name of the variant as their item id.

    Args:
        rows: Rows of a file with the title of the product as `ITEM_ID`, and
            the options as `OPTION`.
    """
    rows = list(rows)
    named = [
        dataclasses.replace(row, values={**row.values, ITEM_ID: _name(row)})
        if _has_ids(row)
        else row
        for row in rows
    ]
    products = collections.defaultdict(set)
    for row in named:
        if _has_ids(row):
            products[row.values[ITEM_ID]].add(row.values.get(GROUP_ID))
    for row in named:
        if _has_ids(row) and len(products[row.values[ITEM_ID]]) > 1:
            name, product = row.values[ITEM_ID], row.values.get(GROUP_ID)
            values = {**row.values, ITEM_ID: f"{name} ({product})"}
            row = dataclasses.replace(row, values=values)
        yield row


def _has_ids(row: Row | BadRow) -> TypeGuard[Row]:
    """Returns whether title and product may be ids; others are rejected."""
    return (
        isinstance(row, Row)
        and isinstance(row.values[ITEM_ID], str | int)
        and isinstance(row.values.get(GROUP_ID), str | int | None)
    )


def _name(row: Row) -> str | int:
    title: str | int = row.values[ITEM_ID]
    options = [
        str(value).strip()
        for name, value in row.values.items()
        if name.startswith(OPTION.format("")) and value is not None
    ]
    if options in ([], [NO_OPTION]):
        return title
    return f"{str(title).strip()} - {' / '.join(options)}"
