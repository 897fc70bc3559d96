"""Sorted vocabularies of any number of ids.

The ids are parted into ranges. Each range is sorted by one worker, which writes
a part of the file, and one worker joins the parts without reading ids: 10^8 ids
in one list would be more than 10 GB of Python objects.
"""

import bisect
import math
import shutil
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.schema.vocabulary import vocabulary_lines
from beam_jobs.shards import atomic_beam_file
from beam_jobs.shards import atomic_beam_write

IDS_PER_RANGE = 1_000_000
_QUANTILES = 1000
"""Ranges that can be told apart: vocabularies of up to 10^9 ids."""
Key = tuple[str, str]


class WriteVocabulary(beam.PTransform):
    """Writes a vocabulary of the distinct ids, sorted, and counts them.

    Args:
        path: Path of the vocabulary file.
        parts: Prefix of the paths of temporary files, one for each range.
        name: Counter of the manifest: `categories`, `items` or `users`.

    Example:
        count = user_ids | WriteVocabulary(
            "data/vocab/users.txt", "data/prepare-staging/users", "users"
        )
    """

    def __init__(self, path: str, parts: str, name: str) -> None:
        super().__init__()
        self._path = path
        self._parts = parts
        self._name = name

    def expand(self, ids: beam.PCollection[str]) -> beam.PCollection[Any]:
        """Returns one (key, count) pair."""
        distinct = ids | "Distinct" >> beam.Distinct()
        count = distinct | "Count" >> beam.combiners.Count.Globally()
        bounds = (
            distinct
            | "Quantiles"
            >> beam.ApproximateQuantiles.Globally(num_quantiles=_QUANTILES + 1)
            | "Bounds" >> beam.Map(range_bounds, pvalue.AsSingleton(count))
        )
        return (
            distinct
            | "Range" >> beam.Map(_keyed, pvalue.AsSingleton(bounds))
            | "Group by range" >> beam.GroupByKey()
            | "Write part" >> beam.Map(_write_part, self._parts)
            | "Gather" >> beam.combiners.ToList()
            | "Join parts"
            >> beam.Map(_join, self._parts, self._path, self._name)
        )


def range_bounds(quantiles: list[str], count: int) -> list[str]:
    """Returns the ids at which ranges but the first start, sorted.

    Args:
        quantiles: Ids that part all ids about equally, the least and the
            largest among them; sorted.
        count: Number of ids.
    """
    num_ranges = min(math.ceil(count / IDS_PER_RANGE), len(quantiles) - 1)
    if num_ranges < 2:
        return []
    step = (len(quantiles) - 1) / num_ranges
    places = [round(step * index) for index in range(1, num_ranges)]
    return sorted({quantiles[place] for place in places})


def _keyed(id_: str, bounds: list[str]) -> tuple[int, str]:
    return bisect.bisect_right(bounds, id_), id_


def _write_part(element: tuple[int, Any], parts: str) -> tuple[int, int]:
    """Writes the ids of a range; returns (index of the range, count)."""
    index, ids = element
    ordered = sorted(ids)
    atomic_beam_write(_part(parts, index), vocabulary_lines(ordered))
    return index, len(ordered)


def _join(
    ranges: list[tuple[int, int]], parts: str, path: str, name: str
) -> tuple[Key, int]:
    """Writes the vocabulary from its parts; returns (key, number of ids)."""
    with atomic_beam_file(path) as local, open(local, "wb") as whole:
        for index, _ in sorted(ranges):
            with FileSystems.open(
                _part(parts, index),
                compression_type=CompressionTypes.UNCOMPRESSED,
            ) as part:
                shutil.copyfileobj(part, whole)
    return ("counts", name), sum(count for _, count in ranges)


def _part(parts: str, index: int) -> str:
    return f"{parts}-{index:05d}.txt"
