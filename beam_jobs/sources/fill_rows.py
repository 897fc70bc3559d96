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
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.type_weights import TYPE
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

ORDER_ID = "order_id"
PRODUCT_ID = "product_id"
VARIANT_PHOTO = "variant_photo"
"""Names of the id of an order, of a product that has no item id, and of the
photo of a variant among the values of a row."""
BY_ID = "id:"
"""What WooCommerce writes before the id of a product, in place of its SKU."""
WITHOUT_ID = "product_without_id"
"""Code for a product that only its variants have item ids of."""


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
    the products of WooCommerce have; a product without an item id is named by
    `id:` and its `PRODUCT_ID`. A row of a group without an item id, such as a
    further photo in Shopify, belongs to the item of the first row.

    Args:
        rows: Rows of a file with `GROUP_ID`; a product comes first.
    """
    first: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if isinstance(row, Row):
            shared = _first_row(first, row.values)
            row = _with_variant_photo(_filled(row, shared), row, shared)
            if row.values[ITEM_ID] is None and row.values[GROUP_ID] is None:
                detail = "the product has no item id, its variants have"
                yield BadRow(row.address, WITHOUT_ID, detail)
                continue
        yield row


def _first_row(
    first: dict[str, Mapping[str, Any]], values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Returns the values of the first row of a product.

    Args:
        first: Values by group id; those of a first row are added.
        values: Values of the row.
    """
    group, item = values[GROUP_ID], values[ITEM_ID]
    if group is not None:
        return first.setdefault(str(group), values)
    product = values.get(PRODUCT_ID, item)
    if product is not None:
        first.setdefault(f"{BY_ID}{product}", values)
    return values if item is None else first.setdefault(str(item), values)


def _with_variant_photo(
    row: Row, unfilled: Row, shared: Mapping[str, Any]
) -> Row:
    """Replaces the photo by that of the variant, else of the first row.

    The photos of further rows are more pictures of the product: Shopify lists
    variants and pictures side by side.
    """
    if VARIANT_PHOTO not in row.values:
        return row
    photo = unfilled.values[VARIANT_PHOTO]
    values = {
        **row.values,
        PHOTO: shared.get(PHOTO) if photo is None else photo,
    }
    return dataclasses.replace(row, values=values)


def _filled(row: Row, shared: Mapping[str, Any]) -> Row:
    values = {
        name: shared.get(name) if value is None else value
        for name, value in row.values.items()
    }
    if ATTRIBUTES in shared:
        values[ATTRIBUTES] = {
            **shared[ATTRIBUTES],
            **{
                name: value
                for name, value in row.values[ATTRIBUTES].items()
                if value is not None
            },
        }
    return dataclasses.replace(row, values=values)
