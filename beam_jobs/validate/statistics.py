"""TensorFlow Data Validation statistics of all sets of records."""

from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public.tfxio import TFExampleRecord

from atelier.io.parquet import pa
from atelier.io.parquet import pc
from atelier.schema import feature_keys
from atelier.schema import paths

SETS = ("items", "users", *paths.SPLITS)
NUMBER_OF_ITEMS = "number_of_items"
"""Derived feature of users, to compare distributions of item counts."""

Statistics = dict[str, Any]
"""`DatasetFeatureStatisticsList` proto by name of `SETS`."""


class WriteStatistics(beam.PTransform):
    """Computes the statistics of all sets and writes one file per set.

    Args:
        data_dir: Folder of the prepared data set.
        prefix: Prefix of the paths of the files; see `read_statistics`.

    Example:
        prefix = prefix_of("data")
        pipeline | WriteStatistics("data", prefix)
        run_pipeline(pipeline)
        statistics = read_statistics(prefix)
    """

    def __init__(self, data_dir: str, prefix: str) -> None:
        super().__init__()
        self._patterns = patterns_of(data_dir)
        self._prefix = prefix

    def expand(self, pipeline: beam.Pipeline) -> None:
        """Adds a branch for each set to a pipeline."""
        for name, pattern in self._patterns.items():
            source = TFExampleRecord(pattern, telemetry_descriptors=["atelier"])
            batches = pipeline | f"Read {name}" >> source.BeamSource()
            if name == "users":
                batches |= "Count items" >> beam.Map(with_number_of_items)
            _ = (
                batches
                | f"Statistics of {name}"
                >> tfdv.GenerateStatistics(stats_options())
                | f"Write {name}"
                >> tfdv.WriteStatisticsToTFRecord(_path(self._prefix, name))
            )


def patterns_of(data_dir: str) -> dict[str, str]:
    """Returns the glob pattern of the shards of each set."""
    return {
        "items": paths.items(data_dir),
        "users": paths.users(data_dir),
        **{split: paths.triples(data_dir, split) for split in paths.SPLITS},
    }


def stats_options() -> tfdv.StatsOptions:
    """Returns TFDV options that measure image sizes, not image values."""
    schema = schema_pb2.Schema()
    for name in (feature_keys.IMAGE, feature_keys.MASK):
        image = schema.feature.add(name=name, type=schema_pb2.BYTES)
        image.image_domain.SetInParent()
    return tfdv.StatsOptions(schema=schema)


def prefix_of(data_dir: str) -> str:
    """Returns the path prefix of the statistics of a data set."""
    return paths.join(data_dir, "statistics", "")


def read_statistics(prefix: str) -> Statistics:
    """Reads the statistics of all sets under a path prefix."""
    return {name: tfdv.load_statistics(_path(prefix, name)) for name in SETS}


def has_statistics(prefix: str) -> bool:
    """Returns whether a prefix has all statistics, in the current format."""
    return all(
        tf.io.gfile.exists(_path(prefix, name)) for name in SETS
    ) and NUMBER_OF_ITEMS in features_of(read_statistics(prefix), "users")


def features_of(statistics: Statistics, name: str) -> dict[str, Any]:
    """Returns the `FeatureNameStatistics` of a set by feature name."""
    return {
        feature.path.step[0]: feature
        for feature in statistics[name].datasets[0].features
    }


def with_number_of_items(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Adds the users' item counts in power-of-two bins: 1, 2-3, 4-7.

    Args:
        batch: Users; the list column `item_ids` is absent if no user has
            items.

    Returns:
        The batch with the column `NUMBER_OF_ITEMS`, lists of one bin name.
    """
    column = batch.schema.get_field_index(feature_keys.ITEM_IDS)
    counts = (
        np.zeros(batch.num_rows, np.int64)
        if column < 0
        else pc.list_value_length(batch.column(column))
        .fill_null(0)
        .to_numpy(zero_copy_only=False)
    )
    words = pa.array([[_bucket(int(count))] for count in counts], _WORDS)
    return pa.RecordBatch.from_arrays(
        [*batch.columns, words], [*batch.schema.names, NUMBER_OF_ITEMS]
    )


_WORDS = pa.large_list(pa.large_binary())


def _bucket(count: int) -> bytes:
    """Returns the name of the bin of integers with equal bit length."""
    if count < 2:
        return b"%d" % count
    least = 1 << (count.bit_length() - 1)
    return b"%d-%d" % (least, 2 * least - 1)


def _path(prefix: str, name: str) -> str:
    return f"{prefix}{name}.tfrecord"
