"""Merges the variants of a product that have the same photo into one item.

Shops give each size of a dress an id of its own. As items of their own they
would share the interactions of one dress, and fill the lists.
"""

import collections
import dataclasses
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from atelier.schema.item import Item
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.prepare.rejections import VARIANT
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.sources.fill_rows import BY_ID
from beam_jobs.sources.source import ITEMS


def keyed_variant(ref: ItemRef) -> tuple[tuple[str, ...], ItemRef]:
    """Returns ((id of the product, path of the photo), item).

    Variants may have the item id of their product as their group id, as in
    WooCommerce. Photos inside a table have no path, and are not compared.
    """
    if not ref.photo_path:
        return (ref.item.item_id,), ref
    product = (ref.item.group_id or ref.item.item_id).removeprefix(BY_ID)
    return (product, ref.photo_path), ref


def merge_variants(
    element: tuple[tuple[str, ...], Iterable[ItemRef]],
    interactions_hold: tuple[str, ...],
) -> Iterator[Any]:
    """Yields one item for the variants with one photo, and rejections.

    It has the id of the first, by file and row number, and the attributes and
    the beginning of the title in which the variants agree. The rejections of
    the others are no faults.

    Args:
        element: Key of `keyed_variant`, and its items.
        interactions_hold: Tables that are also the interactions table (see
            `Source`); variants in these are not rejected.
    """
    _, refs = element
    first, *others = sorted(refs, key=lambda ref: ref.address)
    yield dataclasses.replace(
        first,
        item=_merged([first.item, *(ref.item for ref in others)]),
        variant_ids=tuple(ref.item.item_id for ref in others),
    )
    for ref in others if ITEMS not in interactions_hold else ():
        detail = (
            f"item {ref.item.item_id!r} has the photo of its variant "
            f"{first.item.item_id!r}, {place(first.address)}, and counts as it"
        )
        yield reject(ITEMS, ref.address, VARIANT, detail)


def _merged(variants: Sequence[Item]) -> Item:
    """Returns the first item, with the first value that any of them has."""

    def given(name: str) -> Any:
        values = [getattr(item, name) for item in variants]
        return next((one for one in values if one not in ("", None)), values[0])

    return dataclasses.replace(
        variants[0],
        attributes=_common_attributes(variants),
        category=given("category"),
        title=_common_title([item.title for item in variants if item.title]),
        description=given("description"),
        price=given("price"),
        url=given("url"),
        group_id=given("group_id"),
    )


def _common_title(titles: Sequence[str]) -> str:
    """Returns the words with which all titles begin, without the size.

    Returns the first title if they have little in common.
    """
    if len(set(titles)) == 1:
        return titles[0]
    words = os.path.commonprefix([title.split() for title in titles])
    common = re.sub(r"[\s,;:/|·–—-]+$", "", " ".join(words))
    is_enough = common and 2 * len(common.split()) >= len(titles[0].split())
    return common if is_enough else next(iter(titles), "")


def _common_attributes(variants: Sequence[Item]) -> dict[str, str]:
    """Returns the attributes that differ in no two variants."""
    values = collections.defaultdict(set)
    for item in variants:
        for name, value in item.attributes.items():
            values[name].add(value)
    return {
        name: value
        for name, (value, *others) in sorted(values.items())
        if not others
    }
