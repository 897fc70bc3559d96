"""Sample of the catalog, to validate on without reading all of it.

The items are a uniform sample, and the held-out interactions those with them.
So the AUC is an unbiased estimate of that among all items; list metrics are
larger than among all. A small catalog is its own sample.
"""

import dataclasses
import heapq
from collections.abc import Iterator

import numpy as np

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.item import parse_items
from atelier.schema.manifest import Manifest
from atelier.schema.records import read_records
from atelier.schema.triple import parse_interactions
from atelier.schema.user import parse_users
from trainer.data.fingerprint import fingerprint
from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.data.interactions import by_user

NUM_ITEMS = 8192
"""Maximum number of items: the standard error of the AUC of a pair is .006 at
most, and the images take about 100 MB at 224 pixels."""


@dataclasses.dataclass(frozen=True)
class CatalogSample:
    """Sampled items, and the users with held-out interactions among them.

    Attributes:
        interactions: Interactions of these users with these items.
        photos: Images of the items, by item index.
        rows: Index of each user among all users, int64 [users].
    """

    interactions: Interactions
    photos: Photos
    rows: np.ndarray


def load_catalog_sample(
    data_dir: str, user_ids: list[str], num_items: int = NUM_ITEMS
) -> CatalogSample:
    """Samples the catalog of a prepared data set.

    Args:
        data_dir: Folder of a prepared data set.
        user_ids: Ids of all users, in index order.
        num_items: Maximum number of items.

    Raises:
        UserError: If the data set is unfinished or a shard is damaged.
    """
    image_size = Manifest.read(data_dir).image_size
    chosen = heapq.nsmallest(num_items, _items(data_dir))
    items = {item_id: index for index, (_, item_id, _) in enumerate(chosen)}
    held_out = {
        split: list(_pairs(data_dir, split, items))
        for split in ("validation", "test")
    }
    wanted = {user for user, _ in held_out["validation"]}
    rows = [
        index for index, id_ in enumerate(user_ids) if id_.encode() in wanted
    ]
    users = {user_ids[row].encode(): index for index, row in enumerate(rows)}

    def indexed(pairs: Iterator[tuple[bytes, int]]) -> np.ndarray:
        known = [(users[user], item) for user, item in pairs if user in users]
        return np.array(sorted(known), np.int64).reshape(-1, 2)

    interactions = Interactions(
        user_ids=[user_ids[row] for row in rows],
        item_ids=[item_id.decode() for item_id in items],
        train=by_user(indexed(_train(data_dir, users, items)), len(users)),
        validation=indexed(iter(held_out["validation"])),
        test=indexed(iter(held_out["test"])),
    )
    photos = Photos([jpeg for *_, jpeg in chosen], image_size, memory_bytes=0)
    return CatalogSample(interactions, photos, np.array(rows, np.int64))


def _items(data_dir: str) -> Iterator[tuple[int, bytes, bytes]]:
    """Yields fingerprint, id and JPEG bytes of all items."""
    for records in read_records(paths.items(data_dir)):
        items = parse_items(records)
        ids = items[feature_keys.ITEM_ID]
        yield from zip(
            fingerprint(ids).numpy().tolist(),
            ids.numpy(),
            items[feature_keys.IMAGE].numpy(),
            strict=True,
        )


def _pairs(
    data_dir: str, split: str, items: dict[bytes, int]
) -> Iterator[tuple[bytes, int]]:
    """Yields (user id, item index) of the interactions with some items."""
    for records in read_records(paths.triples(data_dir, split)):
        parsed = parse_interactions(records)
        for user, item in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_ID].numpy(),
            strict=True,
        ):
            if item in items:
                yield user, items[item]


def _train(
    data_dir: str, users: dict[bytes, int], items: dict[bytes, int]
) -> Iterator[tuple[bytes, int]]:
    """Yields (user id, item index) of training interactions of both."""
    for records in read_records(paths.users(data_dir)):
        parsed = parse_users(records)
        for user, owned in zip(
            parsed[feature_keys.USER_ID].numpy(),
            parsed[feature_keys.ITEM_IDS].to_list(),
            strict=True,
        ):
            if user in users:
                yield from ((user, items[i]) for i in owned if i in items)
