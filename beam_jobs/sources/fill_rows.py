"""Missing values of a row, filled from the first row of its order or product.

Shops export the lines of an order and the variants of a product as rows, and
state what they share in the first one only.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.type_weights import TYPE
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

ORDER_ID = "order_id"
"""Name of the id of an order among the values of a row."""


def fill_from_order(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """Fills user, time and type of the rows that continue an order.

    Args:
        rows: Rows of a file with `ORDER_ID`; those of an order are adjacent.
    """
    shared: dict[str, Any] = {}
    for row in rows:
        if isinstance(row, Row):
            order = row.values[ORDER_ID]
            if order is None or order != shared.get(ORDER_ID):
                shared = {
                    name: row.values.get(name)
                    for name in (ORDER_ID, USER_ID, TIME, TYPE)
                }
            row = _filled(row, shared)
        yield row


def fill_from_group(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """Fills the values of a variant from the first row of its product.

    The first row has the same group id, or has the group id as its item id, as
    the products of WooCommerce have. A row of a group without an item id, such
    as a further photo in Shopify, belongs to the item of the first row.

    Args:
        rows: Rows of a file with `GROUP_ID`; a product comes first.
    """
    first: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if isinstance(row, Row):
            group = row.values[GROUP_ID]
            key = str(row.values[ITEM_ID] if group is None else group)
            # WooCommerce names products without a SKU by `id:` and their id.
            shared = first.setdefault(key.removeprefix("id:"), row.values)
            row = _filled(row, shared)
        yield row


def _filled(row: Row, shared: Mapping[str, Any]) -> Row:
    values = {
        name: shared.get(name) if value is None else value
        for name, value in row.values.items()
    }
    if ATTRIBUTES in shared:
        values[ATTRIBUTES] = {
            name: shared[ATTRIBUTES][name] if value is None else value
            for name, value in row.values[ATTRIBUTES].items()
        }
    return dataclasses.replace(row, values=values)
