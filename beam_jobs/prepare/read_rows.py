"""Reads the tables of a source, their chunks in parallel."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.prepare.rejections import reject
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk

ROWS = "rows"


class ReadRows(beam.PTransform):
    """Reads one table: `ROWS`, and `REJECTED` for those that are unreadable.

    Args:
        source: Where it comes from.
        table: `interactions`, `items` or `photos`.
    """

    def __init__(self, source: Source, table: str) -> None:
        super().__init__()
        self._source = source
        self._table = table

    def expand(self, pipeline: beam.Pipeline) -> Any:
        """Returns the two outputs."""
        return (
            pipeline
            | "Chunks" >> beam.Create(self._source.chunks(self._table))
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.FlatMap(read_chunk, self._source, self._table).with_outputs(
                REJECTED, main=ROWS
            )
        )


def read_chunk(chunk: Chunk, source: Source, table: str) -> Iterator[Any]:
    """Yields the rows of one chunk, and rejections of unreadable ones."""
    for row in source.read(table, chunk):
        if isinstance(row, BadRow):
            yield reject(table, row.address, row.reason, row.detail)
        else:
            yield row
