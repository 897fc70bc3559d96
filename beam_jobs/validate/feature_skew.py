"""Feature skew: differences between the items of two data sets, by id.

An item must have the same image and category in both data sets. Otherwise a
model that is trained on one of them receives other inputs from the other.
"""

import heapq
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import tensorflow as tf
import tensorflow_data_validation as tfdv
from tensorflow_data_validation.skew.protos import feature_skew_results_pb2
from tensorflow_metadata.proto.v0 import anomalies_pb2

from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.tf_example import build_example
from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.stable_hash import record_hash
from beam_jobs.validate.statistics import prefix_of

EXAMPLES = 20
"""Number of example ids per group of items."""
_SAMPLED = 1000
"""Number of differing items that are searched for examples."""

Skew = dict[str, Any]
"""Keys `baseline`, `items` {both, only_here, only_in_baseline} and `features`
{feature: {equal, different, examples}}. `only_here` and `only_in_baseline` are
{count, examples}."""


class WriteFeatureSkew(beam.PTransform):
    """Joins the items of two data sets by id and writes the differences.

    Args:
        data_dir: Folder of a prepared data set.
        baseline: Folder of the data set to compare with.
        photos: Whether images are compared.

    Example:
        _ = pipeline | WriteFeatureSkew("data", "old_data", photos=True)
        run_pipeline(pipeline)
        skew = read_skew("data", "old_data")
    """

    def __init__(self, data_dir: str, baseline: str, photos: bool) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._baseline = baseline
        self._photos = photos

    def expand(self, pipeline: beam.Pipeline) -> None:
        """Adds the join and the writers to a pipeline."""
        results, pairs = tuple(
            pipeline
            | f"Read items of {name}"
            >> beam.io.ReadFromTFRecord(paths.items(data_dir))
            | f"Hash photos of {name}"
            >> beam.Map(without_photo, self._photos).with_output_types(
                tf.train.Example
            )
            for name, data_dir in (
                ("baseline", self._baseline),
                ("data set", self._data_dir),
            )
        ) | tfdv.DetectFeatureSkew([feature_keys.ITEM_ID], sample_size=_SAMPLED)
        for name, messages, kind in (
            ("results", results, feature_skew_results_pb2.FeatureSkew),
            ("pairs", pairs, feature_skew_results_pb2.SkewPair),
        ):
            _ = messages | f"Write {name}" >> beam.io.WriteToTFRecord(
                _path(self._data_dir, name),
                coder=beam.coders.ProtoCoder(kind),
                shard_name_template="",
            )


def without_photo(record: bytes, photos: bool) -> tf.train.Example:
    """Returns an item's id, category and the hash of its image.

    Args:
        record: Serialized item.
        photos: Whether to include the hash of the image.
    """
    whole = tf.train.Example.FromString(record)
    light = {
        name: list(whole.features.feature[name].bytes_list.value)
        for name in (
            feature_keys.ITEM_ID,
            feature_keys.CATEGORY,
            feature_keys.IMAGE,
        )
    }
    light[feature_keys.IMAGE] = [
        record_hash(photo) for photo in light[feature_keys.IMAGE] if photos
    ]
    return tf.train.Example.FromString(build_example(light))


def read_skew(data_dir: str, baseline: str) -> Skew:
    """Reads the output of `WriteFeatureSkew` and compares the item ids."""
    here, there = (
        set(read_vocabulary(paths.vocabulary(folder, "items")))
        for folder in (data_dir, baseline)
    )
    results = _read(data_dir, "results", feature_skew_results_pb2.FeatureSkew)
    pairs = _read(data_dir, "pairs", feature_skew_results_pb2.SkewPair)
    return {
        "baseline": baseline,
        "items": {
            "both": len(here & there),
            "only_here": _group(here - there),
            "only_in_baseline": _group(there - here),
        },
        "features": {
            result.feature_name: {
                "equal": result.match_count,
                "different": result.diff_count,
                "examples": sorted(_differing(pairs, result.feature_name))[
                    :EXAMPLES
                ],
            }
            for result in sorted(
                results, key=lambda result: result.feature_name
            )
        },
    }


def skew_anomalies(skew: Skew) -> dict[str, Any]:
    """Returns an `AnomalyInfo` for each feature with differences."""
    anomalies = {}
    for name, entry in skew["features"].items():
        if entry["different"]:
            text = (
                f"{entry['different']} of {skew['items']['both']} items have "
                f"a different {name} than in {skew['baseline']}, for example "
                f"{', '.join(map(repr, entry['examples'][:3]))}"
            )
            anomalies[f"items: {name} of the same item"] = (
                anomalies_pb2.AnomalyInfo(
                    severity=anomalies_pb2.AnomalyInfo.ERROR,
                    short_description="Feature skew",
                    description=text,
                )
            )
    return anomalies


def _group(item_ids: set[str]) -> dict[str, Any]:
    return {
        "count": len(item_ids),
        "examples": heapq.nsmallest(EXAMPLES, item_ids),
    }


def _differing(pairs: list[Any], name: str) -> Iterator[str]:
    """Yields the ids of the sampled items that differ in a feature."""
    for pair in pairs:
        if name in (
            *pair.mismatched_features,
            *pair.base_only_features,
            *pair.test_only_features,
        ):
            item = tf.train.Example.FromString(pair.test)
            ids = item.features.feature[feature_keys.ITEM_ID].bytes_list.value
            yield ids[0].decode()


def _read(data_dir: str, name: str, message_type: Any) -> list[Any]:
    records = tf.data.TFRecordDataset(_path(data_dir, name))
    return [
        message_type.FromString(record)
        for record in records.as_numpy_iterator()
    ]


def _path(data_dir: str, name: str) -> str:
    return f"{prefix_of(data_dir)}skew-{name}.tfrecord"
