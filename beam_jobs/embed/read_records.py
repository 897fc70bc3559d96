"""Reads the shards of a prepared data set back, in parallel."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf
from apache_beam import pvalue

from atelier.schema import paths
from beam_jobs.embed.saved_model_handler import reason_of

UNREAD = "unread"

Parse = Callable[[tf.Tensor], dict[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Records:
    """A batch of records of one shard.

    Attributes:
        shard: Index of the shard.
        start: Number of the first record in there.
        columns: Values of the records by feature.
    """

    shard: int
    start: int
    columns: dict[str, list[Any]]


class ReadShards(beam.PTransform):
    """Reads shards as `Records`, each shard by one worker.

    Batches depend on the shard alone and not on which worker reads it.

    Args:
        shards: The shards, in the order of their indices.
        parse: One of the parsers of `records`; it drops what is not needed.
        batch_size: Length of a batch; the last of a shard may be shorter.
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
        """Returns the records, and (path, reason) of broken shards."""
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
    """Yields the `Records` of one shard, and under a tag why it broke off.

    Args:
        element: Index and path of the shard.
        parse: One of the parsers of `records`.
        batch_size: Length of a batch.
    """
    shard, path = element
    start = 0
    try:
        batches = paths.read_records(path).rebatch(batch_size)
        for batch in batches.map(parse).prefetch(1):
            columns = {name: _values(one) for name, one in batch.items()}
            yield Records(shard, start, columns)
            start += batch_size
    except tf.errors.OpError as error:
        yield pvalue.TaggedOutput(UNREAD, (path, reason_of(error)))


def _values(tensor: tf.Tensor | tf.RaggedTensor) -> list[Any]:
    if isinstance(tensor, tf.RaggedTensor):
        return tensor.to_list()
    return tensor.numpy().tolist()
