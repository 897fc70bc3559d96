"""Finds items whose photos are the same, byte for byte."""

import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from beam_jobs.preparation.stage_photos import StagedItem
from records import layout


class WriteIdenticalPhotos(beam.PTransform):
    """Writes a line of JSON for each photo that several items have.

    Args:
        data_dir: Where the data set goes.
    """

    def __init__(self, data_dir: str) -> None:
        super().__init__()
        self._path = layout.join(data_dir, layout.IDENTICAL_PHOTOS)

    def expand(self, items: beam.PCollection[StagedItem]) -> Any:
        """Returns a count of 1 for each such photo."""
        groups = (
            items
            | "Hash of photo" >> beam.Map(_keyed)
            | "Group by hash" >> beam.GroupByKey()
            | "Shared ones" >> beam.FlatMap(_shared)
        )
        _ = (
            groups
            | "To JSON" >> beam.Map(_line)
            | "Write"
            >> beam.io.WriteToText(
                self._path, num_shards=1, shard_name_template=""
            )
        )
        return groups | "Count" >> beam.Map(_count)


def _keyed(item: StagedItem) -> tuple[bytes, str]:
    return item.photo_hash, item.item_id


def _shared(element: tuple[bytes, Any]) -> Iterator[list[str]]:
    item_ids = sorted(element[1])
    if len(item_ids) > 1:
        yield item_ids


def _line(item_ids: list[str]) -> str:
    return json.dumps({"item_ids": item_ids}, ensure_ascii=False)


def _count(_: list[str]) -> tuple[tuple[str, str], int]:
    return ("counts", "identical_photos"), 1
