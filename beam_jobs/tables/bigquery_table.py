"""Tables of BigQuery, which Beam's own reader reads by the Storage API."""

import json
import re
from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.stable_hash import id_hash
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row

_SCHEME = "bigquery://"
_TABLE = re.compile(r"([^/]+)\.(\w+)\.([\w-]+)")
_TYPES = {
    "INTEGER": pa.int64(),
    "INT64": pa.int64(),
    "FLOAT": pa.float64(),
    "FLOAT64": pa.float64(),
    "NUMERIC": pa.decimal128(38, 9),
    "BYTES": pa.binary(),
    "BOOLEAN": pa.bool_(),
    "BOOL": pa.bool_(),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
    "TIMESTAMP": pa.timestamp("us", "UTC"),
}
"""Arrow type of the values of a type of BigQuery; string for other types."""
_READABLE = ("TABLE", "SNAPSHOT")
_ROW_BITS = 48


def is_bigquery(path: str) -> bool:
    """Returns whether a path names a table of BigQuery."""
    return path.startswith(_SCHEME)


def inspect(path: str) -> list[Column]:
    """Returns the columns of a table, with those inside records after them.

    Args:
        path: URI `bigquery://project.dataset.table`.

    Raises:
        UserError: If the URI is invalid or names a view, Google's packages are
            missing, or the table cannot be read.
    """
    project, dataset, table = _parts(path)
    try:
        from google.cloud import bigquery
        from google.cloud import bigquery_storage_v1  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"{path} needs Google's packages ({error}); run pip install "
            "'apache-beam[gcp]'"
        ) from error
    reference = bigquery.DatasetReference(project, dataset).table(table)
    try:
        # Beam's own client would wait for a browser without credentials.
        described = bigquery.Client(project=project).get_table(reference)
    except Exception as error:  # Of Google's clients or their transport.
        raise UserError(f"{path} cannot be read: {error}") from error
    if described.table_type not in _READABLE:
        raise UserError(
            f"{path} has the type {described.table_type}, which the Storage "
            "API does not read; write its rows to a table and give that"
        )
    return list(_columns(described.schema))


def reader(path: str, columns: list[str]) -> beam.PTransform:
    """Returns the transform that reads columns as dictionaries.

    Args:
        path: URI `bigquery://project.dataset.table`.
        columns: Names of top-level columns.
    """
    project, dataset, table = _parts(path)
    return beam.io.ReadFromBigQuery(
        method=beam.io.ReadFromBigQuery.Method.DIRECT_READ,
        table=f"{project}:{dataset}.{table}",
        selected_fields=columns,
        use_native_datetime=True,
    )


def row_of(path: str, values: dict[str, Any]) -> Row:
    """Returns a row; its number is a hash, since rows have no order.

    Args:
        path: URI of the table.
        values: Values by column name.
    """
    text = json.dumps(values, sort_keys=True, default=str)
    return Row((path, id_hash(text) >> (64 - _ROW_BITS)), values)


def _parts(path: str) -> tuple[str, str, str]:
    match = _TABLE.fullmatch(path.removeprefix(_SCHEME))
    if match is None:
        raise UserError(
            f"a table of BigQuery must be {_SCHEME}project.dataset.table, got "
            f"{path}"
        )
    project, dataset, table = match.groups()
    return project, dataset, table


def _columns(fields: Any) -> Iterator[Column]:
    for field in fields:
        yield Column(field.name, _type(field))
        for path, inner in _inside(field):
            yield Column(f"{field.name}.{path}", inner, True)


def _inside(record: Any) -> Iterator[tuple[str, pa.DataType]]:
    """Yields (path, type) of the fields of a record, without lists inside."""
    for field in record.fields:
        yield field.name, _type(field)
        if field.mode != "REPEATED":
            for path, inner in _inside(field):
                yield f"{field.name}.{path}", inner


def _type(field: Any) -> pa.DataType:
    if field.field_type in ("RECORD", "STRUCT"):
        type_ = pa.struct(
            [(inner.name, _type(inner)) for inner in field.fields]
        )
    else:
        type_ = _TYPES.get(field.field_type, pa.string())
    return pa.list_(type_) if field.mode == "REPEATED" else type_
