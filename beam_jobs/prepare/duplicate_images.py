"""Detection of items with byte-identical photos."""

import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from atelier.schema import paths
from beam_jobs.prepare.decode_images import DecodedItem
from beam_jobs.shards import atomic_beam_write


class WriteIdenticalPhotos(beam.PTransform):
    """Writes one JSON line per photo that several items share.

    Args:
        data_dir: Folder of the data set.

    Example:
        counts = decoded_items | WriteIdenticalPhotos("runs/demo/data")
    """

    def __init__(self, data_dir: str) -> None:
        super().__init__()
        self._path = paths.join(data_dir, paths.IDENTICAL_PHOTOS)

    def expand(self, items: beam.PCollection[DecodedItem]) -> Any:
        """Returns one (key, number of shared photos) pair for the summary."""
        return (
            items
            | "Hash of photo" >> beam.Map(_keyed)
            | "Group by hash" >> beam.GroupByKey()
            | "Shared ones" >> beam.FlatMap(_shared)
            | "Gather" >> beam.combiners.ToList()
            | "Write" >> beam.Map(_write, self._path)
        )


def _keyed(item: DecodedItem) -> tuple[bytes, str]:
    return item.photo_hash, item.item_id


def _shared(element: tuple[bytes, Any]) -> Iterator[list[str]]:
    item_ids = sorted(element[1])
    if len(item_ids) > 1:
        yield item_ids


def _write(groups: list[list[str]], path: str) -> tuple[tuple[str, str], int]:
    lines = [
        json.dumps({"item_ids": item_ids}, ensure_ascii=False)
        for item_ids in sorted(groups)
    ]
    atomic_beam_write(path, "".join(f"{line}\n" for line in lines).encode())
    return ("counts", "identical_photos"), len(groups)
