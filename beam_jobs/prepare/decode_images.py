"""Decodes each photo once and keeps it at training size, in staging files.

Which items belong to the data set is known only when it is known which photos
are sound: an item without a photo is none, and who took it may then have too
few. So the photos go to staging files, one for each item shard to come, and
the shards are written from those.
"""

import base64
import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import build_item
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import Resize
from beam_jobs.prepare.image_codec import thumbnail
from beam_jobs.prepare.image_codec import to_training_jpeg
from beam_jobs.prepare.image_reader import PhotoFiles
from beam_jobs.prepare.image_reader import check_size
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.prepare.join_items import PhotoChunks
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.shards import write_whole
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import Address

RAW_ITEMS = "raw_items"
STAGING = "prepare-staging"
"""Folder of a data set that holds the staging files while the job runs."""


@dataclasses.dataclass(frozen=True)
class PhotoConfig:
    """How photos are read and what becomes of them.

    Attributes:
        image_size: Side of the written photos, in pixels.
        resize: How they fit into the square.
        max_pixels: Photos that declare more are rejected.
        timeout_s: Seconds that a server may take for a photo.
        concurrency: Remote photos that one worker reads at a time.
    """

    image_size: int
    resize: Resize
    max_pixels: int
    timeout_s: float
    concurrency: int


@dataclasses.dataclass(frozen=True)
class DecodedItem:
    """An item whose photo is sound.

    Attributes:
        item_id: The shop's own id.
        category: The shop's own category.
        shard: Index of the staging file, and item shard, that holds it.
        size: Bytes of its record.
        photo_hash: Hash of the photo as the shop has it.
        address: Its row in the items table.
        photo_address: The row of its photo.
    """

    item_id: str
    category: str
    shard: int
    size: int
    photo_hash: bytes
    address: Address
    photo_address: Address


class AssignShard(beam.DoFn):
    """Keys items by the shard that they go to.

    Photos inside a table go by the chunk that holds them, so that each chunk
    is read by one worker; others are spread by a hash of the id.

    Args:
        source: Where the photos are.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def setup(self) -> None:
        """Lists the chunks once, not for each item."""
        self._chunks = PhotoChunks(self._source)

    def process(
        self, item: ItemRef, num_shards: int
    ) -> Iterator[tuple[int, ItemRef]]:
        """Yields (shard, item)."""
        if self._source.photo_root is None:
            yield self._chunks.index_of(item.photo_address) % num_shards, item
        else:
            yield shard_of_id(item.item_id, num_shards), item


class StagePhotos(beam.DoFn):
    """Decodes the photos of one shard.

    Args:
        data_dir: Where the data set goes.
        source: Where the photos are.
        config: What becomes of them.
    """

    def __init__(
        self, data_dir: str, source: Source, config: PhotoConfig
    ) -> None:
        self._data_dir = data_dir
        self._source = source
        self._config = config

    def process(
        self, element: tuple[int, dict[str, Any]], num_shards: int
    ) -> Iterator[Any]:
        """Yields `DecodedItem`s, and rejections under their tag."""
        shard, grouped = element
        rejected = []
        with open_shard(staging(self._data_dir, shard, num_shards), "") as out:
            for item, photo in self._read(grouped[RAW_ITEMS]):
                try:
                    jpeg = self._to_jpeg(photo)
                except ImageError as bad:
                    rejected.append(_line(item, photo, bad))
                    yield from _reject_photo(item, bad)
                    continue
                record = build_item(
                    Item(item.item_id, jpeg, item.category, item.attributes)
                )
                out.write(record)
                yield DecodedItem(
                    item.item_id,
                    item.category,
                    shard,
                    len(record),
                    hashlib.blake2b(photo, digest_size=16).digest(),
                    item.address,
                    item.photo_address,
                )
        if rejected:
            name = f"photos-{shard:05d}-of-{num_shards:05d}.jsonl"
            write_whole(
                paths.join(self._data_dir, "rejected", "photos", name),
                "".join(rejected).encode(),
            )

    def _to_jpeg(self, photo: Any) -> bytes:
        if isinstance(photo, ImageError):
            raise photo
        if not (isinstance(photo, bytes) and photo):
            raise ImageError("no_photo", "the photo is missing")
        return to_training_jpeg(
            photo,
            self._config.image_size,
            self._config.resize,
            self._config.max_pixels,
        )

    def _read(self, items: Iterable[ItemRef]) -> Iterator[tuple[ItemRef, Any]]:
        """Yields each item with the bytes of its photo, in a fixed order."""
        ordered = sorted(items, key=_photo_address)
        if self._source.photo_root is not None:
            files = PhotoFiles(
                self._source.photo_root,
                self._config.timeout_s,
                self._config.concurrency,
            )
            image_paths = [item.photo_path for item in ordered]
            yield from zip(ordered, files.read(image_paths), strict=True)
            return
        chunks = PhotoChunks(self._source)

        def chunk_of(item: ItemRef) -> int:
            return chunks.index_of(item.photo_address)

        for index, group in itertools.groupby(ordered, key=chunk_of):
            wanted = {item.photo_address: item for item in group}
            for address, photo in self._source.read_photos(chunks[index]):
                if address in wanted:
                    yield wanted.pop(address), _checked(photo, address)
            for item in wanted.values():
                yield item, ImageError("no_photo", "the photo cannot be read")


def staging(data_dir: str, shard: int, num_shards: int) -> str:
    """Names the staging file of an item shard."""
    return paths.join(
        data_dir, STAGING, f"{shard:05d}-of-{num_shards:05d}.tfrecord"
    )


def _reject_photo(item: ItemRef, bad: ImageError) -> Iterator[Any]:
    """Rejects the photo's row and the item's: both are left out."""
    yield reject(PHOTOS, item.photo_address, bad.reason, bad.detail)
    yield reject(
        ITEMS,
        item.address,
        "item_without_photo",
        f"the photo of item {item.item_id!r}, {place(item.photo_address)}, is "
        "unusable",
    )


def _line(item: ItemRef, photo: Any, bad: ImageError) -> str:
    """Returns what the page of rejected photos shows of one, as JSON."""
    picture = thumbnail(photo) if isinstance(photo, bytes) else None
    path, row = item.photo_address
    line = json.dumps(
        {
            "item_id": item.item_id,
            "file": path,
            "row": row,
            "reason": bad.reason,
            "detail": bad.detail,
            "thumbnail": base64.b64encode(picture).decode()
            if picture
            else None,
        }
    )
    return f"{line}\n"


def _checked(photo: object, address: Address) -> object:
    """Returns what lies in a table, or that it is too large for a photo."""
    if isinstance(photo, bytes):
        return check_size(photo, f"the photo of {place(address)}")
    return photo


def _photo_address(item: ItemRef) -> Address:
    return item.photo_address
