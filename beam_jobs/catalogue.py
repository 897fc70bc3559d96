"""Joins items with their photos and writes the item shards.

Only ids and addresses of photos are joined and shuffled. A worker gets the
addresses of one shard, reads each photo, decodes it once and writes it: photo
bytes never enter a collection.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from beam_jobs.photos import BadPhoto
from beam_jobs.photos import to_training_jpeg
from beam_jobs.rejections import Rejection
from beam_jobs.rejections import id_problem
from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.tables import Chunk
from beam_jobs.tables import Row
from beam_jobs.tables import RowAddress
from beam_jobs.tables import read_chunk
from records import layout
from records.item import Item
from records.item import build_item

REJECTED = "rejected"
MAX_PHOTO_BYTES = 64 << 20


@dataclasses.dataclass(frozen=True)
class PhotoColumn:
    """How a photo is found.

    Attributes:
        name: Column of the photo table.
        holds_bytes: Whether it holds photos; otherwise paths of photos.
        root: Folder or URI that relative paths start from.
    """

    name: str
    holds_bytes: bool
    root: str


@dataclasses.dataclass(frozen=True, order=True)
class PhotoAddress:
    """Where a photo is.

    Attributes:
        chunk: The part of the photo table that names or holds it.
        address: Its row.
        path: Its path, "" where the row holds the photo itself.
    """

    chunk: Chunk
    address: RowAddress
    path: str


@dataclasses.dataclass(frozen=True)
class ItemWithPhoto:
    """An item whose photo is still to be read.

    Attributes:
        address: Its row in the items table.
        item_id: The shop's own id.
        category: The shop's own category.
        photo: Where its photo is.
    """

    address: RowAddress
    item_id: str
    category: str
    photo: PhotoAddress


@dataclasses.dataclass(frozen=True)
class KeptItem:
    """An item that was written.

    Attributes:
        item_id: The shop's own id.
        category: The shop's own category.
        shard: Index of the item shard that holds it.
        hash: Hash of its record.
    """

    item_id: str
    category: str
    shard: int
    hash: bytes


def item_id_of(item: KeptItem) -> str:
    """Returns the id of an item."""
    return item.item_id


def category_of(item: KeptItem) -> str:
    """Returns the category of an item."""
    return item.category


def shard_of(item: KeptItem) -> tuple[str, int]:
    """Returns an item's id and the shard that holds it."""
    return item.item_id, item.shard


def keyed_item(
    row: Row, item_column: str, category_column: str | None
) -> Iterator[Any]:
    """Yields (item id, (address, category)), or a rejection."""
    item_id = row.values[item_column]
    problem = id_problem(item_column, item_id)
    category = row.values[category_column] if category_column else ""
    category = "" if category is None else str(category)
    if problem is None and category:
        problem = id_problem(str(category_column), category)
    if problem:
        yield _reject("items", row.address, "bad_id", problem)
    else:
        yield str(item_id), (row.address, category)


def keyed_photo(
    row: Row, item_column: str, path_column: str | None
) -> Iterator[Any]:
    """Yields (item id, photo address), or a rejection."""
    item_id = row.values[item_column]
    problem = id_problem(item_column, item_id)
    if problem:
        yield _reject("photos", row.address, "bad_id", problem)
        return
    path = row.values[path_column] if path_column else ""
    problem = id_problem(path_column, path) if path_column else None
    if problem:
        yield _reject("photos", row.address, "no_photo", problem)
        return
    yield str(item_id), PhotoAddress(row.chunk, row.address, path)


def join_photo(
    element: tuple[str, dict[str, Any]], may_repeat: tuple[str, ...]
) -> Iterator[Any]:
    """Yields an `ItemWithPhoto` of one item id, and rejections.

    Of rows that repeat an id the first one is taken, by file and row number.

    Args:
        element: The id, and its `items` and `photos` as keyed above.
        may_repeat: Which of the two are also the interactions table, where
            an item stands once for each person who took it.
    """
    item_id, found = element
    items = sorted(found["items"])
    photos = sorted(found["photos"])
    if "items" in may_repeat:
        items = items[:1]
    if "photos" in may_repeat:
        photos = photos[:1]
    for address, _ in items[1:]:
        yield _reject(
            "items",
            address,
            "duplicate_item",
            f"item {item_id!r} stands already in {_place(items[0][0])}",
        )
    if not items:
        for photo in photos:
            yield _reject(
                "photos",
                photo.address,
                "unknown_item",
                f"item {item_id!r} is not in the items table",
            )
        return
    for photo in photos[1:]:
        yield _reject(
            "photos",
            photo.address,
            "duplicate_photo",
            f"item {item_id!r} has a photo in {_place(photos[0].address)}",
        )
    address, category = items[0]
    if photos:
        yield ItemWithPhoto(address, item_id, category, photos[0])
    else:
        yield _reject(
            "items",
            address,
            "item_without_photo",
            f"item {item_id!r} has no photo in the photos table",
        )


class AssignShard(beam.DoFn):
    """Keys items by the shard that they go to.

    Photos inside a table go by the chunk that holds them, so that each chunk
    is read by one worker; others are spread by a hash of the id.

    Args:
        chunks: The chunks of the photo table.
        holds_bytes: Whether the table holds the photos themselves.
        num_shards: How many shards there are.
    """

    def __init__(
        self, chunks: tuple[Chunk, ...], holds_bytes: bool, num_shards: int
    ) -> None:
        self._shard_of = {
            chunk: index % num_shards for index, chunk in enumerate(chunks)
        }
        self._holds_bytes = holds_bytes
        self._num_shards = num_shards

    def process(self, item: ItemWithPhoto) -> Iterator[tuple[int, Any]]:
        """Yields (shard, item)."""
        if self._holds_bytes:
            yield self._shard_of[item.photo.chunk], item
        else:
            yield shard_of_id(item.item_id, self._num_shards), item


class WriteItems(beam.DoFn):
    """Decodes the photos of one shard and writes its item records.

    Args:
        data_dir: Where the data set goes.
        num_shards: How many shards there are.
        column: How photos are found.
        image_size: Side of the written photos, in pixels.
        max_pixels: Photos that declare more are rejected.
    """

    def __init__(
        self,
        data_dir: str,
        num_shards: int,
        column: PhotoColumn,
        image_size: int,
        max_pixels: int,
    ) -> None:
        self._data_dir = data_dir
        self._num_shards = num_shards
        self._column = column
        self._image_size = image_size
        self._max_pixels = max_pixels

    def process(self, element: tuple[int, dict[str, Any]]) -> Iterator[Any]:
        """Yields the kept items, and rejections under their tag."""
        shard, grouped = element
        items = sorted(grouped["items"], key=_photo_of)
        path = layout.shard(
            self._data_dir, "items", "items", shard, self._num_shards
        )
        with open_shard(path) as writer:
            for item, photo in self._read(items):
                try:
                    if isinstance(photo, BadPhoto):
                        raise photo
                    jpeg = to_training_jpeg(
                        photo, self._image_size, self._max_pixels
                    )
                except BadPhoto as bad:
                    yield from _reject_photo(item, bad)
                    continue
                record = build_item(Item(item.item_id, jpeg, item.category))
                record_hash = writer.write(record)
                yield KeptItem(item.item_id, item.category, shard, record_hash)

    def _read(
        self, items: list[ItemWithPhoto]
    ) -> Iterator[tuple[ItemWithPhoto, bytes | BadPhoto]]:
        if not self._column.holds_bytes:
            for item in items:
                yield item, _read_file(self._column.root, item.photo.path)
            return
        for chunk, group in itertools.groupby(items, key=_chunk_of):
            wanted = {item.photo.address: item for item in group}
            for row in read_chunk(chunk, [self._column.name]):
                if row.address in wanted:
                    photo = row.values[self._column.name]
                    yield (
                        wanted[row.address],
                        photo
                        or BadPhoto(
                            "no_photo", f"the {self._column.name} is missing"
                        ),
                    )


def _read_file(root: str, path: str) -> bytes | BadPhoto:
    if "://" not in path and not path.startswith("/"):
        path = layout.join(root, path)
    try:
        with FileSystems.open(
            path, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            data: bytes = file.read(MAX_PHOTO_BYTES + 1)
    except Exception as error:  # Each file system raises its own type.
        return BadPhoto("photo_unreadable", f"{path} cannot be read: {error}")
    if len(data) > MAX_PHOTO_BYTES:
        return BadPhoto(
            "photo_too_large", f"{path} has more than {MAX_PHOTO_BYTES} bytes"
        )
    return data


def _reject_photo(
    item: ItemWithPhoto, bad: BadPhoto
) -> Iterator[pvalue.TaggedOutput]:
    """Yields the photo's rejection, and its item's: both rows are left out."""
    photo = item.photo.address
    yield _reject("photos", photo, bad.reason, bad.detail)
    yield _reject(
        "items",
        item.address,
        "item_without_photo",
        f"the photo of item {item.item_id!r}, {_place(photo)}, is unusable",
    )


def _photo_of(item: ItemWithPhoto) -> PhotoAddress:
    return item.photo


def _chunk_of(item: ItemWithPhoto) -> Chunk:
    return item.photo.chunk


def _reject(
    table: str, address: RowAddress, reason: str, detail: str
) -> pvalue.TaggedOutput:
    return pvalue.TaggedOutput(
        REJECTED, Rejection(table, address, reason, detail)
    )


def _place(address: RowAddress) -> str:
    return f"{address.path} row {address.row}"
