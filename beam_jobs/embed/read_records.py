"""Parallel reader of the shards of a prepared data set."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf
from apache_beam import pvalue

from atelier.schema.records import open_shard
from beam_jobs.embed.saved_model_handler import reason_of

UNREAD = "unread"

Parse = Callable[[tf.Tensor], dict[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Records:
    """A batch of parsed records of one shard.

    Attributes:
        shard: Index of the shard.
        start: Index in the shard of the first record of the batch, from 0.
        columns: Lists of one value per record, by feature name.
    """

    shard: int
    start: int
    columns: dict[str, list[Any]]


class ReadShards(beam.PTransform):
    """Reads shards as `Records`; a single worker reads each shard.

    The batches depend on the shard alone, not on the worker that reads it.

    Args:
        shards: Paths of the shards, in the order of their indices.
        parse: Parser of a batch of serialized records from `atelier.schema`,
            which drops the features that are not needed.
        batch_size: Records per batch; the last batch of a shard may be
            smaller.

    Example:
        reader = ReadShards(["items.tfrecord.gz"], parse_items, batch_size=64)
        records, unread = pipeline | reader
    """

    def __init__(
        self, shards: list[str], parse: Parse, batch_size: int
    ) -> None:
        super().__init__()
        self._paths = shards
        self._parse = parse
        self._batch_size = batch_size

    def expand(
        self, pipeline: beam.Pipeline
    ) -> tuple[beam.PCollection[Records], beam.PCollection[tuple[str, str]]]:
        """Returns the batches and the (path, reason) pairs of broken shards."""
        read, unread = (
            pipeline
            | "Paths" >> beam.Create(list(enumerate(self._paths)))
            | "Spread" >> beam.Reshuffle()
            | "Read"
            >> beam.FlatMap(
                read_shard, self._parse, self._batch_size
            ).with_outputs(UNREAD, main="read")
        )
        return read, unread


def read_shard(
    element: tuple[int, str], parse: Parse, batch_size: int
) -> Iterator[Any]:
    """Yields the `Records` of a shard.

    A read error ends the shard: its (path, reason) has the tag `UNREAD`.

    Args:
        element: Index and path of the shard.
        parse: Parser of a batch of serialized records.
        batch_size: Records per batch.
    """
    shard, path = element
    start = 0
    try:
        batches = open_shard(path, batch_size)
        for batch in batches.map(parse).prefetch(1):
            columns = {name: _values(tensor) for name, tensor in batch.items()}
            yield Records(shard, start, columns)
            start += batch_size
    except tf.errors.OpError as error:
        yield pvalue.TaggedOutput(UNREAD, (path, reason_of(error)))


def _values(tensor: tf.Tensor | tf.RaggedTensor) -> list[Any]:
    if isinstance(tensor, tf.RaggedTensor):
        return tensor.to_list()
    return tensor.numpy().tolist()
