"""Schemas, file names and writers of the Parquet files of `embed`."""

from typing import Any

import apache_beam as beam
import tensorflow as tf
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from atelier.io.parquet import open_parquet
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from atelier.schema import paths
from beam_jobs.embed.run_inference import Place
from beam_jobs.embed.run_inference import Placed
from beam_jobs.shards import atomic_beam_file

ITEMS = "items"
USERS = "users"


def item_schema(embedding_dim: int) -> pa.Schema:
    """Returns the item schema: `item_id`, `embedding` [embedding_dim]."""
    vector = pa.list_(
        pa.field("item", pa.float32(), nullable=False), embedding_dim
    )
    return pa.schema(
        [
            pa.field("item_id", pa.string(), nullable=False),
            pa.field("embedding", vector, nullable=False),
        ]
    )


def user_schema() -> pa.Schema:
    """Returns the user schema: `user_id`, `item_ids` by falling `scores`."""
    return pa.schema(
        [
            pa.field("user_id", pa.string(), nullable=False),
            pa.field("item_ids", _list_of(pa.string()), nullable=False),
            pa.field("scores", _list_of(pa.float32()), nullable=False),
        ]
    )


def pattern_of(kind: str) -> str:
    """Returns the glob pattern of all `ITEMS` or `USERS` files in a folder."""
    return f"{kind}/{kind}-*-of-*.parquet"


def count_rows(out_dir: str, kind: str) -> int:
    """Returns the total row count in the footers of all files of a kind."""
    total = 0
    for path in tf.io.gfile.glob(paths.join(out_dir, pattern_of(kind))):
        with FileSystems.open(
            path, compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            total += open_parquet(file).metadata.num_rows
    return total


class WriteShards(beam.PTransform):
    """Writes rows to the Parquet file of their shard, ordered by position.

    Args:
        out_dir: Output folder.
        kind: Table name, `ITEMS` or `USERS`.
        count: Number of files; files without rows are written too.
        schema: Arrow schema of the rows.

    Example:
        schema = user_schema()
        _ = rows | WriteShards("out", USERS, count=8, schema=schema)
    """

    def __init__(
        self, out_dir: str, kind: str, count: int, schema: pa.Schema
    ) -> None:
        super().__init__()
        self._out_dir = out_dir
        self._kind = kind
        self._count = count
        self._schema = schema

    def expand(self, rows: beam.PCollection[Placed]) -> beam.PCollection[None]:
        """Writes the files; the returned collection holds only None."""
        shard_paths = rows.pipeline | "Paths" >> beam.Create(
            [(index, self._path(index)) for index in range(self._count)]
        )
        return (
            {
                "rows": rows | "Key" >> beam.Map(_keyed_by_shard),
                "paths": shard_paths,
            }
            | "Group" >> beam.CoGroupByKey()
            | "Write" >> beam.Map(_write, self._schema)
        )

    def _path(self, index: int) -> str:
        name = f"{self._kind}-{index:05d}-of-{self._count:05d}.parquet"
        return paths.join(self._out_dir, self._kind, name)


def _write(element: tuple[int, dict[str, Any]], schema: pa.Schema) -> None:
    _, grouped = element
    rows = [row for _, row in sorted(grouped["rows"], key=_place_of)]
    columns = [
        pa.array([row[field.name] for row in rows], field.type)
        for field in schema
    ]
    (path,) = grouped["paths"]
    with atomic_beam_file(path) as local:
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), local)


def _keyed_by_shard(row: Placed) -> tuple[int, Placed]:
    return row[0].shard, row


def _place_of(row: Placed) -> Place:
    return row[0]


def _list_of(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("item", kind, nullable=False))
