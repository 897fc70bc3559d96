"""Parallel reading of the tables of a data source, by chunk."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.prepare.rejections import reject
from beam_jobs.sources.event_log import EventLog
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk

ROWS = "rows"


class ReadRows(beam.PTransform):
    """Reads one table: rows as `ROWS`, unreadable rows as `REJECTED`.

    Args:
        source: Data source, or event log, to read.
        table: Name of the table, such as `interactions`.

    Example:
        items = (pipeline | ReadRows(source, "items"))[ROWS]
    """

    def __init__(self, source: Source | EventLog, table: str) -> None:
        super().__init__()
        self._source = source
        self._table = table

    def expand(self, pipeline: beam.Pipeline) -> Any:
        """Returns the outputs `ROWS` and `REJECTED`."""
        return (
            pipeline
            | "Chunks" >> beam.Create(self._source.chunks(self._table))
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.FlatMap(read_chunk, self._source, self._table).with_outputs(
                REJECTED, main=ROWS
            )
        )


def read_chunk(
    chunk: Chunk, source: Source | EventLog, table: str
) -> Iterator[Any]:
    """Yields the rows of one chunk, and rejections of unreadable rows."""
    for row in source.read(table, chunk):
        if isinstance(row, BadRow):
            yield reject(table, row.address, row.reason, row.detail)
        else:
            yield row
