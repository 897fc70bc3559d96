"""Parallel reading of the tables of a data source, by chunk."""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.prepare.rejections import reject
from beam_jobs.shards import atomic_beam_write
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
        started: Path of a file that the first worker writes.

    Example:
        items = (pipeline | ReadRows(source, "items", "data/started"))[ROWS]
    """

    def __init__(
        self, source: Source | EventLog, table: str, started: str
    ) -> None:
        super().__init__()
        self._started = started
        self._source = source
        self._table = table

    def expand(self, pipeline: beam.Pipeline) -> Any:
        """Returns the outputs `ROWS` and `REJECTED`."""
        return (
            pipeline
            | "Chunks" >> beam.Create(self._source.chunks(self._table))
            | "Started" >> beam.ParDo(_MarkStart(self._started))
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.FlatMap(read_chunk, self._source, self._table).with_outputs(
                REJECTED, main=ROWS
            )
        )


class _MarkStart(beam.DoFn):
    """Writes a file before the first element, by which the launcher sees it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def setup(self) -> None:
        if not FileSystems.exists(self._path):
            atomic_beam_write(self._path, b"")

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        yield chunk


def read_chunk(
    chunk: Chunk, source: Source | EventLog, table: str
) -> Iterator[Any]:
    """Yields the rows of one chunk, and rejections of unreadable rows."""
    for row in source.read(table, chunk):
        if isinstance(row, BadRow):
            yield reject(table, row.address, row.reason, row.detail)
        else:
            yield row
