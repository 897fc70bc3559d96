"""Compares items that two data sets have in common, one by one.

The same item must have the same photo and the same category in both; where it
has not, a model trained on one set meets something else in the other.
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
"""Ids that stand for a group of items."""
_SAMPLED = 1000
"""Differing items that are looked through for examples."""

Skew = dict[str, Any]
"""`baseline`, `items` {both, only_here, only_in_baseline} and `features`
{feature: {equal, different, examples}}; groups of items have examples too."""


class WriteFeatureSkew(beam.PTransform):
    """Joins the items of two data sets by id and writes how they differ.

    Args:
        data_dir: A prepared data set.
        baseline: The one to compare with.
        photos: Whether their photos can be compared.
    """

    def __init__(self, data_dir: str, baseline: str, photos: bool) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._baseline = baseline
        self._photos = photos

    def expand(self, pipeline: beam.Pipeline) -> None:
        """Adds the join."""
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
    """Returns an item's id, category and, in place of its photo, a hash.

    Args:
        record: An item.
        photos: Whether the hash is wanted.
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
    """Reads what `WriteFeatureSkew` wrote and which items are in one only."""
    here, there = (
        set(read_vocabulary(paths.vocabulary(one, "items")))
        for one in (data_dir, baseline)
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
            one.feature_name: {
                "equal": one.match_count,
                "different": one.diff_count,
                "examples": sorted(_differing(pairs, one.feature_name))[
                    :EXAMPLES
                ],
            }
            for one in sorted(results, key=lambda one: one.feature_name)
        },
    }


def skew_anomalies(skew: Skew) -> dict[str, Any]:
    """Returns an `AnomalyInfo` for each feature that differs."""
    anomalies = {}
    for name, found in skew["features"].items():
        if found["different"]:
            text = (
                f"{found['different']} of {skew['items']['both']} items have "
                f"another {name} than in {skew['baseline']}, for example "
                f"{', '.join(map(repr, found['examples'][:3]))}"
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
    """Yields the ids of sampled items that differ in a feature."""
    for pair in pairs:
        if name in (
            *pair.mismatched_features,
            *pair.base_only_features,
            *pair.test_only_features,
        ):
            item = tf.train.Example.FromString(pair.test)
            ids = item.features.feature[feature_keys.ITEM_ID].bytes_list.value
            yield ids[0].decode()


def _read(data_dir: str, name: str, kind: Any) -> list[Any]:
    records = tf.data.TFRecordDataset(_path(data_dir, name))
    return [kind.FromString(one) for one in records.as_numpy_iterator()]


def _path(data_dir: str, name: str) -> str:
    return f"{prefix_of(data_dir)}skew-{name}.tfrecord"
