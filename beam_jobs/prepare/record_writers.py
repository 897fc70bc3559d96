"""Writes the item, interaction and user records of a data set, by shard.

Images are read from the staging files, where they are at training size, and
are neither decoded nor shuffled again.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.schema import paths
from atelier.schema.item import parse_item
from atelier.schema.manifest import IMAGES
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.user import User
from atelier.schema.user import build_user
from beam_jobs.prepare.clean_interactions import Interaction
from beam_jobs.prepare.decode_images import DecodedItem
from beam_jobs.prepare.decode_images import staging
from beam_jobs.prepare.k_core import Core
from beam_jobs.prepare.rejections import ITEM_TOO_FEW
from beam_jobs.prepare.rejections import reject
from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.stable_hash import id_hash
from beam_jobs.stable_hash import record_hash
from beam_jobs.tfrecord import read_tfrecords

CONTENT = "content"
"""Key of a shard's records after `CoGroupByKey`; a shard may have none."""


@dataclasses.dataclass(frozen=True)
class WrittenRecord:
    """A written record.

    Attributes:
        kind: Counter of the manifest: `items`, `users` or a split.
        hash: SHA-256 of the record.
    """

    kind: str
    hash: bytes


@dataclasses.dataclass(frozen=True)
class TripleLayout:
    """Files and form of the triples.

    Attributes:
        parts: Number of files per item shard, by split.
        form: `IMAGES` or `IDS`.
    """

    parts: dict[str, int]
    form: str


def keep_item(item: DecodedItem, core: Core) -> Iterator[Any]:
    """Yields an item of the k-core; rejects both rows of other items."""
    shortage = core.item_shortage(item.item_id)
    if shortage is None:
        yield item
        return
    detail = f"item {item.item_id!r} {shortage}"
    yield reject(ITEMS, item.address, ITEM_TOO_FEW, detail)
    yield reject(PHOTOS, item.photo_address, ITEM_TOO_FEW, detail)


def keyed_item_id(item: DecodedItem) -> tuple[int, str]:
    """Returns (shard index, item id)."""
    return item.shard, item.item_id


def write_items(
    element: tuple[int, dict[str, Any]], num_shards: int, data_dir: str
) -> Iterator[WrittenRecord]:
    """Writes the kept items of a shard; yields their `WrittenRecord`s."""
    shard, grouped = element
    kept = set(grouped[CONTENT])
    path = paths.shard(data_dir, "items", "items", shard, num_shards)
    with open_shard(path) as writer:
        for item_id, _, record in _staged(data_dir, shard, num_shards):
            if item_id in kept:
                writer.write(record)
                yield WrittenRecord("items", record_hash(record))


def keyed_triple(
    placed: tuple[str, str, Any], layout: TripleLayout
) -> tuple[tuple[str, int, int], Any]:
    """Returns ((split, item shard, part), (user id, plain `Interaction`)).

    The interactions of an item shard are distributed over its parts by a hash.

    Args:
        placed: Split, user id and plain `Interaction`.
        layout: Files of the triples.
    """
    split, user_id, plain = placed
    interaction = Interaction(*plain)
    pair = f"{user_id}\n{interaction.item_id}"
    part = shard_of_id(pair, layout.parts[split])
    return (split, interaction.shard, part), (user_id, plain)


def write_triples(
    element: tuple[tuple[str, int, int], dict[str, Any]],
    num_shards: int,
    layout: TripleLayout,
    data_dir: str,
) -> Iterator[WrittenRecord]:
    """Writes one shard of triples in random order; yields `WrittenRecord`s.

    Holds the images of one item shard in memory, if triples hold images.
    """
    (split, shard, part), grouped = element
    triples = [
        (user_id, Interaction(*plain)) for user_id, plain in grouped[CONTENT]
    ]
    triples.sort(key=_random_order)
    has_images = layout.form == IMAGES
    photos: dict[str, bytes] = {}
    if has_images:
        wanted = {interaction.item_id for _, interaction in triples}
        photos = {
            item_id: image
            for item_id, image, _ in _staged(data_dir, shard, num_shards)
            if item_id in wanted
        }
    parts = layout.parts[split]
    path = paths.shard(
        data_dir,
        "triples",
        split,
        shard * parts + part,
        num_shards * parts,
    )
    with open_shard(path) as writer:
        for user_id, interaction in triples:
            record = build_triple(
                Triple(
                    user_id,
                    interaction.item_id,
                    photos[interaction.item_id] if has_images else None,
                    interaction.time,
                    interaction.weight,
                )
            )
            writer.write(record)
            yield WrittenRecord(split, record_hash(record))


def keyed_user(user: User, num_shards: int) -> tuple[int, User]:
    """Returns (shard index, user)."""
    return shard_of_id(user.user_id, num_shards), user


def write_users(
    element: tuple[int, dict[str, Any]], num_shards: int, data_dir: str
) -> Iterator[WrittenRecord]:
    """Writes the users of a shard by id; yields their `WrittenRecord`s."""
    shard, grouped = element
    path = paths.shard(data_dir, "users", "users", shard, num_shards)
    with open_shard(path) as writer:
        for user in sorted(grouped[CONTENT], key=user_id_of):
            record = build_user(user)
            writer.write(record)
            yield WrittenRecord("users", record_hash(record))


def user_id_of(user: User) -> str:
    """Returns the id of a user."""
    return user.user_id


def _staged(
    data_dir: str, shard: int, num_shards: int
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yields (item id, image, record) for each item of a staging file."""
    path = staging(data_dir, shard, num_shards)
    with FileSystems.open(
        path, compression_type=CompressionTypes.UNCOMPRESSED
    ) as file:
        for record in read_tfrecords(file):
            item = parse_item(record)
            yield item.item_id, item.image, record


def _random_order(triple: tuple[str, Interaction]) -> int:
    user_id, interaction = triple
    return id_hash(f"{user_id}\n{interaction.item_id}\n")
