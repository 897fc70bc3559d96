"""Schemas of the records: curated by source, read from file or inferred."""

import importlib.resources
import re
from typing import Any

import tensorflow as tf
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from beam_jobs.validate.statistics import NUMBER_OF_ITEMS
from beam_jobs.validate.statistics import Statistics
from beam_jobs.validate.statistics import features_of

ENVIRONMENTS = {
    "items": "ITEMS",
    "users": "USERS",
    "train": "TRIPLES",
    "validation": "TRIPLES",
    "test": "TRIPLES",
}
"""TFDV environment, the record type, of each set of records."""
OPEN = (
    feature_keys.USER_ID,
    feature_keys.ITEM_ID,
    feature_keys.ITEM_IDS,
    *feature_keys.ITEM_TEXTS,
    NUMBER_OF_ITEMS,
)
"""Features whose new values are not anomalies."""
_FOLDER = importlib.resources.files("beam_jobs.validate") / "schemas"
_COMMON = "common.pbtxt"


def curated_schema(source: str | None) -> Any:
    """Returns the curated schema for a source of raw data.

    Args:
        source: Value of the flag `--source` of `prepare`.

    Raises:
        UserError: If the source has no curated schema.
    """
    name = f"{source}.pbtxt"
    known = {path.name for path in _FOLDER.iterdir()} - {_COMMON}
    if name not in known:
        raise UserError(
            f"there is no schema for data of source {source!r}, only for "
            f"{', '.join(sorted(file[:-6] for file in known))}; give one with "
            "--schema, or infer one with --infer"
        )
    schema = schema_pb2.Schema()
    for part in (_COMMON, name):
        text_format.Merge((_FOLDER / part).read_text("utf-8"), schema)
    return schema


def read_schema(path: str) -> Any:
    """Reads a schema from a text proto file.

    Raises:
        UserError: If the file is missing or invalid, or lacks an environment
            of `ENVIRONMENTS`.
    """
    try:
        schema = tfdv.load_schema_text(path)
    except (
        tf.errors.OpError,
        text_format.ParseError,
        UnicodeDecodeError,
    ) as error:
        reason = re.sub(r"\s+", " ", str(error))
        raise UserError(
            f"{path} is not a readable schema ({reason}); give a schema.pbtxt"
        ) from error
    absent = set(ENVIRONMENTS.values()) - set(schema.default_environment)
    if absent:
        raise UserError(
            f"{path} lacks default_environment {', '.join(sorted(absent))}; "
            "start from a schema that this command wrote"
        )
    return schema


def infer_schema(statistics: Statistics) -> Any:
    """Infers one schema for items, users and interactions.

    Each record type is an environment. A feature is expected in the
    environments where it occurs. Ids get no domain.

    Args:
        statistics: TFDV statistics by set of records.

    Returns:
        The `Schema` proto.
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
                if feature.name in OPEN:
                    _drop_domain(by_name[feature.name])
                elif feature.domain:
                    merged.string_domain.add().CopyFrom(domains[feature.domain])
            by_name[feature.name].in_environment.append(ENVIRONMENTS[name])
    for name in {feature_keys.IMAGE, feature_keys.MASK} & by_name.keys():
        by_name[name].image_domain.SetInParent()
    for feature in merged.feature:
        missing = set(merged.default_environment) - set(feature.in_environment)
        feature.not_in_environment.extend(sorted(missing))
        feature.ClearField("in_environment")
    return merged


def add_free_features(schema: Any, statistics: Statistics) -> None:
    """Adds item attributes and the derived feature to a schema.

    Without them TFDV would report new columns. Attributes must be text, with
    at most one value per item. Features already in the schema are unchanged.

    Args:
        schema: `Schema` proto, modified in place.
        statistics: TFDV statistics by set of records.
    """
    known = {feature.name for feature in schema.feature}
    attributes = {
        name
        for name in features_of(statistics, "items")
        if name.startswith(feature_keys.ATTRIBUTE)
    }
    for name in sorted(attributes - known):
        _add_text(schema, name, ENVIRONMENTS["items"]).value_count.max = 1
    if NUMBER_OF_ITEMS not in known:
        _add_text(schema, NUMBER_OF_ITEMS, ENVIRONMENTS["users"])


def expect_triples_of_ids(schema: Any) -> None:
    """Changes a schema so that triples have no images.

    Args:
        schema: `Schema` proto, modified in place.
    """
    triples = ENVIRONMENTS["train"]
    for feature in schema.feature:
        if (
            feature.name == feature_keys.IMAGE
            and triples not in feature.not_in_environment
        ):
            feature.not_in_environment.append(triples)


def _add_text(schema: Any, name: str, environment: str) -> Any:
    feature = schema.feature.add(name=name, type=schema_pb2.BYTES)
    feature.not_in_environment.extend(
        other for other in schema.default_environment if other != environment
    )
    return feature


def _drop_domain(feature: Any) -> None:
    domain = feature.WhichOneof("domain_info")
    if domain:
        feature.ClearField(domain)
