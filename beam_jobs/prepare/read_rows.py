"""Parallel reading of the tables of a data source, by chunk."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.io.filesystems import FileSystems

from beam_jobs.prepare.rejections import REJECTED
from beam_jobs.prepare.rejections import reject
from beam_jobs.shards import atomic_beam_write
from beam_jobs.sources.event_log import EventLog
from beam_jobs.sources.source import Source
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.blocks import Scan
from beam_jobs.tables.blocks import chunks_of
from beam_jobs.tables.blocks import scan
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row

ROWS = "rows"
_SCANS = "scans"


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
        reader = self._source.reader(self._table)
        if reader is not None:
            return (
                pipeline
                | "Read" >> reader
                | "Rows"
                >> beam.FlatMap(
                    read_record, self._source, self._table
                ).with_outputs(REJECTED, main=ROWS)
            )
        parts: list[Chunk | Block] = []
        for chunk in self._source.chunks(self._table):
            parts += self._source.blocks(self._table, chunk) or [chunk]
        spread = (
            pipeline
            | "Chunks" >> beam.Create(parts)
            | "Started" >> beam.ParDo(_MarkStart(self._started))
            | "Spread" >> beam.Reshuffle()
        )
        if any(isinstance(part, Block) for part in parts):
            spread = spread | "Divide" >> _DivideFiles()
        return spread | "Read" >> beam.FlatMap(
            read_chunk, self._source, self._table
        ).with_outputs(REJECTED, main=ROWS)


class _DivideFiles(beam.PTransform):
    """Turns the blocks of large files into chunks; other chunks stay."""

    def expand(self, parts: beam.PCollection) -> beam.PCollection:
        """Returns the chunks."""
        outputs = parts | "Scan blocks" >> beam.FlatMap(_scan).with_outputs(
            _SCANS, main=ROWS
        )
        divided = (
            outputs[_SCANS]
            | "Group blocks by file" >> beam.GroupByKey()
            | "Find chunks" >> beam.FlatMapTuple(_chunks_of)
            | "Spread blocks" >> beam.Reshuffle()
        )
        return (outputs[ROWS], divided) | "All chunks" >> beam.Flatten()


def _scan(part: Chunk | Block) -> Iterator[Any]:
    """Yields a chunk, or (path, (block, scan)) of a block."""
    if isinstance(part, Block):
        yield pvalue.TaggedOutput(_SCANS, (part.path, (part, scan(part))))
    else:
        yield part


def _chunks_of(_: str, scans: Iterable[tuple[Block, Scan]]) -> Iterator[Chunk]:
    return chunks_of(scans)


class _MarkStart(beam.DoFn):
    """Writes a file before the first element, by which the launcher sees it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def setup(self) -> None:
        if not FileSystems.exists(self._path):
            atomic_beam_write(self._path, b"")

    def process(self, part: Any) -> Iterator[Any]:
        yield part


def read_chunk(
    chunk: Chunk, source: Source | EventLog, table: str
) -> Iterator[Any]:
    """Yields the rows of one chunk, and rejections of unreadable rows."""
    yield from _or_rejected(source.read(table, chunk), table)


def read_record(
    record: dict[str, Any], source: Source, table: str
) -> Iterator[Any]:
    """Yields the rows of one record, and rejections of unreadable rows."""
    yield from _or_rejected(source.rows_of(table, record), table)


def _or_rejected(rows: Iterable[Row | BadRow], table: str) -> Iterator[Any]:
    for row in rows:
        if isinstance(row, BadRow):
            yield reject(table, row.address, row.reason, row.detail)
        else:
            yield row
