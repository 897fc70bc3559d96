"""Joins items with their photos, by id.

Only ids, addresses and what a shop says of an item are joined and shuffled:
photo bytes never enter a collection.
"""

import bisect
import dataclasses
from collections.abc import Iterator
from typing import Any

from beam_jobs.prepare.rejections import id_problem
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.prepare.rejections import text_problem
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row


@dataclasses.dataclass(frozen=True)
class ItemRef:
    """An item whose photo is still to be read.

    Attributes:
        item_id: The shop's own id.
        category: The shop's own category, "" where it has none.
        attributes: Whatever else the shop says of it.
        address: Its row in the items table.
        photo_address: The row of its photo.
        photo_path: Path or URI of its photo, "" where the row holds it.
    """

    item_id: str
    category: str
    attributes: dict[str, str]
    address: Address
    photo_address: Address
    photo_path: str


class PhotoChunks:
    """Finds the chunk of the photo table that holds a row.

    Args:
        source: The source, whose chunks are in the order of their rows.
    """

    def __init__(self, source: Source) -> None:
        self._chunks = source.chunks(PHOTOS)
        self._starts = [(one.path, one.first_row) for one in self._chunks]

    def index_of(self, address: Address) -> int:
        """Returns the index of the chunk."""
        return bisect.bisect_right(self._starts, address) - 1

    def __getitem__(self, index: int) -> Chunk:
        return self._chunks[index]


def keyed_item(row: Row) -> Iterator[Any]:
    """Yields (item id, (address, category, attributes)), or a rejection."""
    item_id = row.values[ITEM_ID]
    category = row.values.get(CATEGORY)
    category = "" if category is None else category
    attributes = {
        name: str(value)
        for name, value in row.values.get(ATTRIBUTES, {}).items()
        if value is not None
    }
    problem = id_problem(ITEM_ID, item_id)
    if problem is None and category != "":
        problem = id_problem(CATEGORY, category)
    if problem:
        yield reject(ITEMS, row.address, "bad_id", problem)
        return
    for name, value in attributes.items():
        problem = text_problem(name, value)
        if problem:
            yield reject(ITEMS, row.address, "bad_text", problem)
            return
    yield str(item_id), (row.address, str(category), attributes)


def keyed_photo(row: Row) -> Iterator[Any]:
    """Yields (item id, (address, path)), or a rejection."""
    item_id = row.values[ITEM_ID]
    problem = id_problem(ITEM_ID, item_id)
    if problem:
        yield reject(PHOTOS, row.address, "bad_id", problem)
        return
    path = row.values.get(PHOTO, "")
    problem = id_problem(PHOTO, path) if PHOTO in row.values else None
    if problem:
        yield reject(PHOTOS, row.address, "no_photo", problem)
        return
    yield str(item_id), (row.address, str(path))


def join_photo(
    element: tuple[str, dict[str, Any]], interactions_hold: tuple[str, ...]
) -> Iterator[Any]:
    """Yields a `ItemRef` of one item id, and rejections.

    Of rows that repeat an id the first one is taken, by file and row number.

    Args:
        element: The id, and its `items` and `photos` as keyed above.
        interactions_hold: See `Source`; repeats there are no fault.
    """
    item_id, found = element
    items = sorted(found[ITEMS], key=_address)
    photos = sorted(found[PHOTOS], key=_address)
    if ITEMS not in interactions_hold:
        for address, *_ in items[1:]:
            detail = f"item {item_id!r} stands already in {place(items[0][0])}"
            yield reject(ITEMS, address, "duplicate_item", detail)
    if items and PHOTOS not in interactions_hold:
        for address, _ in photos[1:]:
            detail = f"item {item_id!r} has a photo in {place(photos[0][0])}"
            yield reject(PHOTOS, address, "duplicate_photo", detail)
    if not items:
        for address, _ in photos:
            detail = f"item {item_id!r} is not in the items table"
            yield reject(PHOTOS, address, "unknown_item", detail)
    elif not photos:
        detail = f"item {item_id!r} has no photo in the photos table"
        yield reject(ITEMS, items[0][0], "item_without_photo", detail)
    else:
        address, category, attributes = items[0]
        yield ItemRef(item_id, category, attributes, address, *photos[0])


def _address(element: tuple[Any, ...]) -> Address:
    address: Address = element[0]
    return address
