"""Duplicate images in a data set, for the report."""

import dataclasses
import heapq

import tensorflow as tf

from atelier.io import json_files
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.records import read_records

GROUPS_SHOWN = 60


@dataclasses.dataclass(frozen=True)
class SharedPhoto:
    """An image that several items have, byte for byte.

    Attributes:
        item_ids: Ids of the items.
        photo: JPEG bytes, b"" if the image is not in the data set.
    """

    item_ids: list[str]
    photo: bytes


def read_shared_photos(data_dir: str) -> tuple[list[SharedPhoto], int]:
    """Returns the `GROUPS_SHOWN` largest groups, and the number of groups.

    Args:
        data_dir: Folder of the prepared data set.
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
    """Reads items until the images of all `item_ids` are found."""
    keys = {item_id.encode() for item_id in item_ids}
    jpegs: dict[str, bytes] = {}
    for batch in read_records(paths.items(data_dir)):
        for record in batch.numpy():
            feature = tf.train.Example.FromString(record).features.feature
            ids = feature[feature_keys.ITEM_ID].bytes_list.value
            photos = feature[feature_keys.IMAGE].bytes_list.value
            if photos and ids and ids[0] in keys:
                jpegs[ids[0].decode()] = photos[0]
        if len(jpegs) == len(keys):
            break
    return jpegs
