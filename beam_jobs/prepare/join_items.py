"""Joins items with their photos by item id.

Only ids, addresses and what the items table says are joined and shuffled;
photo bytes never enter a collection.
"""

import bisect
import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from atelier.schema.item import Item
from beam_jobs.prepare.html_text import plain_text
from beam_jobs.prepare.image_paths import first_photo
from beam_jobs.prepare.image_paths import is_photo_as_text
from beam_jobs.prepare.parse_values import parse_category
from beam_jobs.prepare.parse_values import parse_price
from beam_jobs.prepare.rejections import FURTHER_ROW
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.prepare.value_problems import lookalike_hint
from beam_jobs.prepare.value_problems import text_problem
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import DESCRIPTION
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import PRICE
from beam_jobs.sources.source import TITLE
from beam_jobs.sources.source import URL
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row

_TEXTS = (TITLE, DESCRIPTION, URL)


@dataclasses.dataclass(frozen=True)
class ItemRef:
    """An item with a reference to its photo, which is not read yet.

    Attributes:
        item: The item, still without image and mask.
        address: Row of the item in the items table.
        photo_address: Row of the photo in the photos table.
        photo_path: Path or URI of the photo, "" if the row holds its bytes.
        variant_ids: Ids of the variants that are merged into the item.
    """

    item: Item
    address: Address
    photo_address: Address
    photo_path: str
    variant_ids: tuple[str, ...] = ()


class PhotoChunks:
    """Chunks of the photos table, with a lookup by row address.

    Args:
        source: Data source with its chunks sorted by (path, first row).

    Example:
        chunks = PhotoChunks(source)
        chunk = chunks[chunks.index_of(item.photo_address)]
    """

    def __init__(self, source: Source) -> None:
        self._chunks = source.chunks(PHOTOS)
        self._starts = [(chunk.path, chunk.first_row) for chunk in self._chunks]

    def index_of(self, address: Address) -> int:
        """Returns the index of the chunk that holds a row."""
        return bisect.bisect_right(self._starts, address) - 1

    def __getitem__(self, index: int) -> Chunk:
        return self._chunks[index]


def keyed_item(row: Row) -> Iterator[Any]:
    """Yields (item id, (address, item without image)), or a rejection.

    An item whose price cannot be read is kept without a price, and its row is
    listed as rejected too.
    """
    item_id = row.values[ITEM_ID]
    ids = _given(row.values, (CATEGORY, GROUP_ID))
    texts = _given(row.values, _TEXTS)
    free = row.values.get(ATTRIBUTES, {})
    attributes = _given(free, free)
    for name, value in ((ITEM_ID, item_id), *ids.items()):
        problem = id_problem(name, value)
        if problem:
            yield reject(ITEMS, row.address, "bad_id", problem)
            return
    names = (("name of an attribute", name) for name in attributes)
    for name, value in itertools.chain(
        texts.items(), attributes.items(), names
    ):
        problem = text_problem(name, str(value))
        if problem:
            yield reject(ITEMS, row.address, "bad_text", problem)
            return
    price = None
    try:
        price = parse_price(row.values.get(PRICE))
    except ValueError as error:
        detail = (
            f"the price {str(row.values[PRICE])[:80]!r} cannot be read: "
            f"{error}; the item is kept without a price"
        )
        yield reject(ITEMS, row.address, "bad_price", detail)
    item = Item(
        str(item_id),
        b"",
        parse_category(str(ids.get(CATEGORY, ""))),
        {name: str(value) for name, value in attributes.items()},
        title=str(texts.get(TITLE, "")),
        description=plain_text(str(texts.get(DESCRIPTION, ""))),
        price=price,
        url=str(texts.get(URL, "")),
        group_id=str(ids.get(GROUP_ID, "")),
    )
    yield item.item_id, (row.address, item)


def _given(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Returns the values that a row has, by name."""
    return {
        name: values[name]
        for name in names
        if values.get(name) not in (None, "")
    }


def keyed_photo(row: Row) -> Iterator[Any]:
    """Yields (item id, (address, path)), or a rejection.

    The path is None if the row has no photo. A cell with several URLs counts
    as the first, as in exports of WooCommerce.
    """
    item_id = row.values[ITEM_ID]
    problem = id_problem(ITEM_ID, item_id)
    if problem:
        yield reject(PHOTOS, row.address, "bad_id", problem)
        return
    path = row.values.get(PHOTO, "")
    if PHOTO in row.values and path in (None, ""):
        yield str(item_id), (row.address, None)
        return
    if isinstance(path, str) and is_photo_as_text(path):
        problem = (
            f"the photo {path[:40]!r} is in the table as text, such as base64; "
            "write its bytes to a binary column of a Parquet file, or to a file"
        )
        yield reject(PHOTOS, row.address, "photo_as_text", problem)
        return
    problem = id_problem(PHOTO, path) if PHOTO in row.values else None
    if problem:
        yield reject(PHOTOS, row.address, "no_photo", problem)
        return
    yield str(item_id), (row.address, first_photo(str(path)))


def join_photo(
    element: tuple[str, dict[str, Any]], interactions_hold: tuple[str, ...]
) -> Iterator[Any]:
    """Yields the `ItemRef` of one item id, and rejections.

    Keeps the first row of a repeated id, by file and row number, and its first
    photo. Further rows are not faults, since exports of shops have a row per
    variant or picture, unless they state another category.

    Args:
        element: Item id, and a dict with the values of `keyed_item` under
            `items` and of `keyed_photo` under `photos`.
        interactions_hold: Tables that are also the interactions table (see
            `Source`); repeated ids in these are not rejected.
    """
    item_id, grouped = element
    items = sorted(grouped[ITEMS], key=_address)
    photos = sorted(grouped[PHOTOS], key=_address)
    if ITEMS not in interactions_hold:
        for address, item in items[1:]:
            detail = f"item {item_id!r} is already in {place(items[0][0])}"
            same = item.category in ("", items[0][1].category)
            reason = FURTHER_ROW if same else "duplicate_item"
            yield reject(ITEMS, address, reason, detail)
    if not items:
        for address, _ in photos:
            detail = (
                f"item {item_id!r} is not in the items table"
                f"{lookalike_hint(item_id)}"
            )
            yield reject(PHOTOS, address, "unknown_item", detail)
        return
    photo = next(
        (candidate for candidate in photos if candidate[1] is not None), None
    )
    for address, _ in photos:
        if photo is None:
            yield reject(PHOTOS, address, "no_photo", "the photo is missing")
        elif address != photo[0] and PHOTOS not in interactions_hold:
            detail = f"item {item_id!r} has its photo in {place(photo[0])}"
            yield reject(PHOTOS, address, FURTHER_ROW, detail)
    if photo is None:
        detail = f"item {item_id!r} has no photo in the photos table"
        yield reject(ITEMS, items[0][0], "item_without_photo", detail)
    else:
        address, item = items[0]
        yield ItemRef(item, address, *photo)


def _address(element: tuple[Any, ...]) -> Address:
    address: Address = element[0]
    return address
