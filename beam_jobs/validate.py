"""Validates a prepared data set with TensorFlow Data Validation."""

from beam_jobs import quiet  # noqa: F401  # isort: skip

import argparse
import contextlib
import io
import re
from typing import Any

import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format
from tqdm import tqdm

from beam_jobs.options import beam_options
from records import features
from records import layout
from records import results
from records.errors import UserError
from records.errors import run_command
from records.manifest import Manifest

try:
    with contextlib.redirect_stdout(io.StringIO()):  # It misses IPython.
        import tensorflow_data_validation as tfdv
    from tensorflow_metadata.proto.v0 import anomalies_pb2
    from tensorflow_metadata.proto.v0 import schema_pb2
except ImportError:  # No wheel for this Python or C library.
    tfdv = None

ENVIRONMENTS = {
    "items": "ITEMS",
    "users": "USERS",
    "train": "TRIPLES",
    "validation": "TRIPLES",
    "test": "TRIPLES",
}
"""Which records the statistics of each set describe."""
IDS = (features.USER_ID, features.ITEM_ID, features.ITEM_IDS)
EPILOG = """\
examples:
  infer a schema and check that all parts keep to it:
    python -m beam_jobs.validate --data_dir runs/demo/data

  check new data against a schema that somebody has looked through:
    python -m beam_jobs.validate --data_dir NEW --schema OLD/schema.pbtxt
"""


def main(argv: list[str] | None = None) -> None:
    """Computes statistics, compares them with a schema; see `--help`.

    Raises:
        UserError: If there are anomalies, or TFDV is not installed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m beam_jobs.validate",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--data_dir", required=True, help="a prepared data set")
    parser.add_argument(
        "--schema", help="a schema.pbtxt (default: inferred from the data)"
    )
    args, rest = parser.parse_known_args(argv)
    options = beam_options(rest, parser.prog)
    if tfdv is None:
        raise UserError(
            "TensorFlow Data Validation is not installed, it has no wheel for "
            "this Python and C library; the README says which have one"
        )
    Manifest.read(args.data_dir)
    given = _read_schema(args.schema) if args.schema else None
    statistics = _compute(args.data_dir, options)
    schema = given or infer_schema(statistics)
    found = find_anomalies(statistics, schema)
    _write(args.data_dir, layout.SCHEMA, schema)
    _write(args.data_dir, layout.ANOMALIES, found)
    if found.anomaly_info:
        listed = "\n".join(
            f"  {name}: {info.description}"
            for name, info in sorted(found.anomaly_info.items())
        )
        raise UserError(f"{args.data_dir} has anomalies:\n{listed}")
    print(
        f"no anomalies in {args.data_dir}; statistics, schema and anomalies "
        "are written there; next: python -m trainer.task recommender "
        f"--data_dir {args.data_dir} --run_dir RUN"
    )


def infer_schema(statistics: dict[str, Any]) -> Any:
    """Infers one schema for items, users and triples.

    Each kind of record is an environment; a feature is expected in those that
    it was seen in. Ids get no domain: new ones are no anomaly.

    Args:
        statistics: `DatasetFeatureStatisticsList` of each set.

    Returns:
        The `Schema`.
    """
    merged = schema_pb2.Schema(
        default_environment=sorted(set(ENVIRONMENTS.values()))
    )
    by_name: dict[str, Any] = {}
    for name in ("items", "users", "train"):
        inferred = tfdv.infer_schema(statistics[name], infer_feature_shape=True)
        domains = {domain.name: domain for domain in inferred.string_domain}
        for feature in inferred.feature:
            if feature.name not in by_name:
                by_name[feature.name] = merged.feature.add()
                by_name[feature.name].CopyFrom(feature)
                if feature.name in IDS:
                    _drop_domain(by_name[feature.name])
                elif feature.domain:
                    merged.string_domain.add().CopyFrom(domains[feature.domain])
            by_name[feature.name].in_environment.append(ENVIRONMENTS[name])
    by_name[features.IMAGE].image_domain.SetInParent()
    for feature in merged.feature:
        missing = set(merged.default_environment) - set(feature.in_environment)
        feature.not_in_environment.extend(sorted(missing))
        feature.ClearField("in_environment")
    return merged


def find_anomalies(statistics: dict[str, Any], schema: Any) -> Any:
    """Compares every set with the schema.

    Args:
        statistics: `DatasetFeatureStatisticsList` of each set.
        schema: The `Schema`.

    Returns:
        One `Anomalies`; its keys are `set: feature`.
    """
    merged = anomalies_pb2.Anomalies(baseline=schema)
    for name, environment in ENVIRONMENTS.items():
        found = tfdv.validate_statistics(
            statistics[name], schema, environment=environment
        )
        for feature, info in found.anomaly_info.items():
            merged.anomaly_info[f"{name}: {feature}"].CopyFrom(info)
        if found.HasField("dataset_anomaly_info"):
            merged.anomaly_info[f"{name}: all records"].CopyFrom(
                found.dataset_anomaly_info
            )
    return merged


def _compute(data_dir: str, options: PipelineOptions) -> dict[str, Any]:
    """Computes and writes the statistics of each set."""
    patterns = {
        "items": layout.items(data_dir),
        "users": layout.users(data_dir),
        **{split: layout.triples(data_dir, split) for split in layout.SPLITS},
    }
    statistics = {}
    for name, pattern in tqdm(patterns.items(), "validate: statistics"):
        statistics[name] = tfdv.generate_statistics_from_tfrecord(
            pattern,
            output_path=layout.join(data_dir, "statistics", f"{name}.tfrecord"),
            stats_options=tfdv.StatsOptions(schema=_photo_schema()),
            pipeline_options=options,
        )
    return statistics


def _drop_domain(feature: Any) -> None:
    kind = feature.WhichOneof("domain_info")
    if kind:
        feature.ClearField(kind)


def _photo_schema() -> Any:
    """Tells TFDV to count the bytes of photos and not to compare them."""
    schema = schema_pb2.Schema()
    image = schema.feature.add(name=features.IMAGE, type=schema_pb2.BYTES)
    image.image_domain.SetInParent()
    return schema


def _read_schema(path: str) -> Any:
    try:
        return tfdv.load_schema_text(path)
    except (
        tf.errors.OpError,
        text_format.ParseError,
        UnicodeDecodeError,
    ) as error:
        reason = re.sub(r"\s+", " ", str(error))
        raise UserError(f"{path} is no readable schema: {reason}") from error


def _write(data_dir: str, name: str, message: Any) -> None:
    results.write_text(data_dir, name, text_format.MessageToString(message))


if __name__ == "__main__":
    run_command(main)
