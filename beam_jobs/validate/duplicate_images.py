"""Finds the photos that several items have, to show them."""

import dataclasses
import heapq

import tensorflow as tf

from atelier.io import json_files
from atelier.schema import feature_keys
from atelier.schema import paths

GROUPS_SHOWN = 60


@dataclasses.dataclass(frozen=True)
class SharedPhoto:
    """A photo that several items have, byte for byte.

    Attributes:
        item_ids: The items.
        photo: JPEG bytes, b"" where none of the items was kept.
    """

    item_ids: list[str]
    photo: bytes


def read_shared_photos(data_dir: str) -> tuple[list[SharedPhoto], int]:
    """Returns the photos that most items have, and how many there are in all.

    Args:
        data_dir: The prepared data set.
    """
    if not json_files.exists(data_dir, paths.IDENTICAL_PHOTOS):
        return [], 0
    groups = [
        line["item_ids"]
        for line in json_files.read_json_lines(data_dir, paths.IDENTICAL_PHOTOS)
    ]
    shown = heapq.nlargest(GROUPS_SHOWN, groups, key=len)
    photos = _find_photos(data_dir, {item_ids[0] for item_ids in shown})
    return [
        SharedPhoto(item_ids, photos.get(item_ids[0], b""))
        for item_ids in shown
    ], len(groups)


def _find_photos(data_dir: str, item_ids: set[str]) -> dict[str, bytes]:
    """Reads items until the photos of all of these are found."""
    wanted = {item_id.encode() for item_id in item_ids}
    found: dict[str, bytes] = {}
    for batch in paths.read_records(paths.items(data_dir)):
        for record in batch.numpy():
            feature = tf.train.Example.FromString(record).features.feature
            ids = feature[feature_keys.ITEM_ID].bytes_list.value
            photos = feature[feature_keys.IMAGE].bytes_list.value
            if photos and ids and ids[0] in wanted:
                found[ids[0].decode()] = photos[0]
        if len(found) == len(wanted):
            break
    return found
