"""Tables of BigQuery, with Google's service replaced by a fake.

No test reads from Google: Beam's reader and its client of the service are
patched, as they are called.
"""

import csv
import sys
import types

import apache_beam as beam
import pyarrow as pa
import pytest

from atelier.io.errors import UserError
from beam_jobs.prepare import cli as prepare
from beam_jobs.sources.tables import Tables
from beam_jobs.tables import bigquery_table
from beam_jobs.tables.row import Row

# The package sets without Google's packages have neither.
exceptions = pytest.importorskip("google.auth.exceptions")
google_bigquery = pytest.importorskip("google.cloud.bigquery")

PATH = "bigquery://my-shop.ga4.events"


def field(name, field_type, mode="NULLABLE", fields=()):
    return types.SimpleNamespace(
        name=name, field_type=field_type, mode=mode, fields=fields
    )


class FakeRead(beam.PTransform):
    """Beam's reader as the job calls it; takes its records from the class."""

    Method = beam.io.ReadFromBigQuery.Method
    records = []

    def __init__(self, **options):
        super().__init__()
        self.options = options

    def expand(self, pipeline):
        assert self.options["method"] == self.Method.DIRECT_READ
        assert self.options["table"] == "my-shop:ga4.events"
        assert self.options["use_native_datetime"]
        wanted = self.options["selected_fields"]
        return pipeline | beam.Create(
            [{name: one[name] for name in wanted} for one in self.records]
        )


@pytest.fixture
def bigquery(monkeypatch):
    """Sets the fields and records of the one table of the fake service."""

    def set_table(fields, records=(), table_type="TABLE"):
        class Client:
            def __init__(self, project):
                assert project == "my-shop"

            def get_table(self, reference):
                assert str(reference) == "my-shop.ga4.events"
                return types.SimpleNamespace(
                    schema=fields, table_type=table_type
                )

        monkeypatch.setattr(google_bigquery, "Client", Client)
        monkeypatch.setattr(beam.io, "ReadFromBigQuery", FakeRead)
        monkeypatch.setattr(FakeRead, "records", list(records))

    return set_table


def test_a_data_set_is_that_of_a_file(
    shop, flags_of, assert_prepared, tmp_path, bigquery
):
    with open(shop / "log.csv", encoding="utf-8", newline="") as file:
        records = [{**row, "other": 1} for row in csv.DictReader(file)]
    fields = [field(name, "STRING") for name in records[0]]
    bigquery(fields, records)

    _, *flags = flags_of(shop, tmp_path / "data")
    prepare.main([f"--interactions={PATH}", *flags])

    assert_prepared(tmp_path / "data")


def test_items_inside_events(tmp_path, opened, bigquery):
    (tmp_path / "items.csv").write_text("item_id,photo\na,a.jpg\n")
    items = field("items", "RECORD", "REPEATED", [field("item_id", "STRING")])
    bigquery([field("user_id", "INTEGER"), field("event", "STRING"), items])

    source = opened(
        Tables,
        f"--interactions={PATH}",
        f"--items={tmp_path}/items.csv",
        "--item_column=items.item_id",
        "--items_item_column=item_id",
        "--type_column=event",
        "--type_weights=purchase=5",
    )
    record = {"user_id": 7, "event": "purchase"}
    record["items"] = [{"item_id": "a"}, {"item_id": "(not set)"}]
    rows = list(source.rows_of("interactions", record))

    assert source.reader("interactions").options["selected_fields"] == [
        "event",
        "items",
        "user_id",
    ]
    assert source.reader("items") is None
    assert [
        (row.values["user_id"], row.values["item_id"], row.values["weight"])
        for row in rows
    ] == [(7, "a", 5.0), (7, None, 5.0)]
    (again, _) = source.rows_of("interactions", record)
    assert isinstance(again, Row)
    assert again.address == rows[0].address
    assert again.address[0] == PATH


def test_types(bigquery):
    inner = field("inner", "STRUCT", fields=[field("id", "INT64")])
    bigquery(
        [field("time", "TIMESTAMP"), field("record", "RECORD", fields=[inner])]
    )

    assert bigquery_table.inspect(PATH) == [
        ("time", pa.timestamp("us", "UTC"), False),
        (
            "record",
            pa.struct([("inner", pa.struct([("id", pa.int64())]))]),
            False,
        ),
        ("record.inner", pa.struct([("id", pa.int64())]), True),
        ("record.inner.id", pa.int64(), True),
    ]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([f"--interactions={PATH}"], f"--items must be a file, got {PATH}"),
        (
            ["--interactions=bigquery://events", "--items={items}"],
            "must be bigquery://project.dataset.table, got bigquery://events",
        ),
        (
            [
                f"--interactions={PATH}",
                "--items={items}",
                "--order_column=user_id",
            ],
            "--order_column needs rows in order",
        ),
        (
            [f"--interactions={PATH}", "--items={items}", "--user_column=who"],
            f"{PATH} has no column 'who', it has 'user_id', 'item_id'",
        ),
    ],
)
def test_flags_that_cannot_be_met(tmp_path, opened, bigquery, flags, sentence):
    (tmp_path / "items.csv").write_text("item_id,photo\na,a.jpg\n")
    bigquery([field("user_id", "STRING"), field("item_id", "STRING")])

    with pytest.raises(UserError) as caught:
        opened(
            Tables, *(one.format(items=tmp_path / "items.csv") for one in flags)
        )

    assert sentence in str(caught.value)


def test_without_the_packages_of_google(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.bigquery_storage_v1", None)
    monkeypatch.delattr("google.cloud.bigquery_storage_v1", raising=False)

    with pytest.raises(UserError, match=r"pip install 'apache-beam\[gcp\]'"):
        bigquery_table.inspect(PATH)


def test_without_credentials(monkeypatch):
    def fail(*args, **kwargs):
        raise exceptions.DefaultCredentialsError("no credentials")

    monkeypatch.setattr("google.auth.default", fail)

    with pytest.raises(UserError, match=r"cannot be read: no credentials$"):
        bigquery_table.inspect(PATH)


def test_a_view_is_refused(bigquery):
    bigquery([field("user_id", "STRING")], table_type="VIEW")

    with pytest.raises(UserError, match="has the type VIEW, which the Storage"):
        bigquery_table.inspect(PATH)
