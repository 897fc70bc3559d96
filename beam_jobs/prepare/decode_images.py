"""Decodes each photo once and stores it at training size in staging files.

An item without a valid photo is rejected, and its users may then have too few
interactions. The items of the data set are therefore known only after all
photos are decoded. The images go to staging files, one per item shard, and the
shards are written from these.
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
from atelier.schema.background import Background
from atelier.schema.item import build_item
from beam_jobs.prepare.cut_photos import CutPhoto
from beam_jobs.prepare.cut_photos import cut_by_mask
from beam_jobs.prepare.cut_photos import cut_by_network
from beam_jobs.prepare.image_codec import JPEG_QUALITY
from beam_jobs.prepare.image_codec import ImageError
from beam_jobs.prepare.image_codec import Resize
from beam_jobs.prepare.image_codec import decode_photo
from beam_jobs.prepare.image_codec import encode_jpeg
from beam_jobs.prepare.image_codec import thumbnail
from beam_jobs.prepare.image_codec import to_square
from beam_jobs.prepare.image_codec import to_training_jpeg
from beam_jobs.prepare.image_reader import PhotoFiles
from beam_jobs.prepare.image_reader import check_size
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.prepare.join_items import PhotoChunks
from beam_jobs.prepare.photo_hosts import PhotoHosts
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.shards import atomic_beam_write
from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import Address

RAW_ITEMS = "raw_items"
STAGING = "prepare-staging"
"""Subfolder of the data set for staging files while the job runs."""


@dataclasses.dataclass(frozen=True)
class PhotoConfig:
    """Options for reading and resizing photos.

    Attributes:
        image_size: Side of the square training images, in pixels.
        resize: Resize mode of photos that are not square.
        max_pixels: Maximum width times height; larger photos are rejected.
        timeout_s: Timeout of one HTTP download attempt, in seconds.
        concurrency: Number of remote photos that a worker reads at once.
        hosts: Check of the hosts in URLs of photos.
        background: Treatment of the background of the photos.
    """

    image_size: int
    resize: Resize
    max_pixels: int
    timeout_s: float
    concurrency: int
    hosts: PhotoHosts = PhotoHosts()
    background: Background = "keep"


@dataclasses.dataclass(frozen=True)
class DecodedItem:
    """An item with a valid photo, written to a staging file.

    Attributes:
        item_id: Item id from the catalog.
        category: Category from the catalog, "" if the item has none.
        shard: Index of the staging file and of the item shard.
        size: Size of the item record, in bytes.
        cutout: Outcome of cutting the garment out, see `CutPhoto`; "" if the
            background is kept.
        has_text: Whether the item has a title or a description.
        photo_hash: 128-bit BLAKE2b hash of the original photo bytes.
        address: Row of the item in the items table.
        photo_address: Row of the photo in the photos table.
        variant_ids: Ids of the variants that are merged into the item.
    """

    item_id: str
    category: str
    shard: int
    size: int
    cutout: str
    has_text: bool
    photo_hash: bytes
    address: Address
    photo_address: Address
    variant_ids: tuple[str, ...] = ()


class AssignShard(beam.DoFn):
    """Assigns each item to a shard.

    Items with photos inside a table are assigned by table chunk, so that one
    worker reads each chunk. Other items are assigned by a hash of their id.

    Args:
        source: Data source of the photos.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def setup(self) -> None:
        """Lists the chunks once per worker, not per item."""
        self._chunks = PhotoChunks(self._source)

    def process(
        self, ref: ItemRef, num_shards: int
    ) -> Iterator[tuple[int, ItemRef]]:
        """Yields (shard index, item)."""
        if self._source.photo_root is None:
            yield self._chunks.index_of(ref.photo_address) % num_shards, ref
        else:
            yield shard_of_id(ref.item.item_id, num_shards), ref


class StagePhotos(beam.DoFn):
    """Decodes and resizes the photos of one shard into its staging file.

    Args:
        data_dir: Folder of the data set.
        source: Data source of the photos.
        config: Options for reading and resizing.
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
        """Yields `DecodedItem`s, and rejections under `REJECTED`."""
        shard, grouped = element
        rejected = []
        path = staging(self._data_dir, shard, num_shards)
        with open_shard(path, gzip_level=None) as out:
            for ref, photo, mask in self._read(grouped[RAW_ITEMS]):
                try:
                    jpeg, cut = self._to_training_jpeg(photo, mask)
                except ImageError as bad:
                    rejected.append(_line(ref, photo, bad))
                    yield from _reject_photo(ref, bad)
                    continue
                record = build_item(
                    dataclasses.replace(ref.item, image=jpeg, mask=cut.mask)
                )
                out.write(record)
                yield DecodedItem(
                    ref.item.item_id,
                    ref.item.category,
                    shard,
                    len(record),
                    cut.outcome,
                    bool(ref.item.title or ref.item.description),
                    hashlib.blake2b(photo, digest_size=16).digest(),
                    ref.address,
                    ref.photo_address,
                    ref.variant_ids,
                )
        if rejected:
            name = f"photos-{shard:05d}-of-{num_shards:05d}.jsonl"
            atomic_beam_write(
                paths.join(self._data_dir, "rejected", "photos", name),
                "".join(rejected).encode(),
            )

    def _to_training_jpeg(
        self, photo: Any, mask: object
    ) -> tuple[bytes, CutPhoto]:
        """Decodes a photo, cuts it if wanted, and makes it a square."""
        if isinstance(photo, ImageError):
            raise photo
        if not (isinstance(photo, bytes) and photo):
            raise ImageError("no_photo", "the photo is missing")
        config, size = self._config, self._config.image_size
        if config.background == "keep":
            jpeg = to_training_jpeg(
                photo, size, config.resize, config.max_pixels
            )
            return jpeg, CutPhoto(None, b"", "")
        # Imported here: it imports TensorFlow, and most jobs cut nothing.
        from atelier.segmentation.cut_out import WORKING_SIZE

        decoded = decode_photo(
            photo, max(2 * size, WORKING_SIZE), config.max_pixels
        )
        cut = (
            cut_by_mask(decoded, mask, size, config.max_pixels)
            if self._source.has_masks
            else cut_by_network(decoded, size)
        )
        square = cut.image or to_square(decoded, size, config.resize)
        return encode_jpeg(square, JPEG_QUALITY), cut

    def _read(
        self, items: Iterable[ItemRef]
    ) -> Iterator[tuple[ItemRef, Any, object]]:
        """Yields items, photo bytes or errors, and masks, by photo address."""
        ordered = sorted(items, key=_photo_address)
        if self._source.photo_root is not None:
            files = PhotoFiles(
                self._source.photo_root,
                self._config.timeout_s,
                self._config.concurrency,
                self._config.hosts,
            )
            image_paths = [item.photo_path for item in ordered]
            read = files.read(image_paths)
            for item, file in zip(ordered, read, strict=True):
                yield item, file, None
            return
        chunks = PhotoChunks(self._source)

        def chunk_of(item: ItemRef) -> int:
            return chunks.index_of(item.photo_address)

        for index, group in itertools.groupby(ordered, key=chunk_of):
            wanted = {item.photo_address: item for item in group}
            photos = self._source.read_photos(chunks[index])
            masks: Iterator[tuple[Address, object]] = iter(())
            if self._source.has_masks:
                masks = self._source.read_masks(chunks[index])
            for address, photo, mask in with_masks(photos, masks):
                if address in wanted:
                    item = wanted.pop(address)
                    yield item, _checked(photo, address), mask
            for item in wanted.values():
                unread = ImageError("no_photo", "the photo cannot be read")
                yield item, unread, None


def with_masks(
    photos: Iterator[tuple[Address, object]],
    masks: Iterator[tuple[Address, object]],
) -> Iterator[tuple[Address, object, object]]:
    """Yields (address, photo, mask); the mask is None if a row has none.

    Holds one mask at a time, since a chunk may have those of a whole file.

    Args:
        photos: (address, photo) of the rows of a chunk, in order.
        masks: (address, mask) of rows of the same chunk, in order.
    """
    mask = next(masks, None)
    for address, photo in photos:
        while mask and mask[0] < address:
            mask = next(masks, None)
        same_row = mask[1] if mask and mask[0] == address else None
        yield address, photo, same_row


def staging(data_dir: str, shard: int, num_shards: int) -> str:
    """Returns the path of the staging file of an item shard."""
    return paths.join(
        data_dir, STAGING, f"{shard:05d}-of-{num_shards:05d}.tfrecord"
    )


def _reject_photo(ref: ItemRef, bad: ImageError) -> Iterator[Any]:
    """Yields rejections of the photo's row and of the item's row."""
    yield reject(PHOTOS, ref.photo_address, bad.reason, bad.detail)
    yield reject(
        ITEMS,
        ref.address,
        "item_without_photo",
        f"the photo of item {ref.item.item_id!r}, {place(ref.photo_address)}, "
        "is not valid",
    )


def _line(ref: ItemRef, photo: Any, bad: ImageError) -> str:
    """Returns the JSON line of a rejected photo, for the data report."""
    picture = thumbnail(photo) if isinstance(photo, bytes) else None
    path, row = ref.photo_address
    line = json.dumps(
        {
            "item_id": ref.item.item_id,
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
    """Returns a table cell, or an `ImageError` if it has too many bytes."""
    if isinstance(photo, bytes):
        return check_size(photo, f"the photo of {place(address)}")
    return photo


def _photo_address(item: ItemRef) -> Address:
    return item.photo_address
