"""Columns inside records: a row for each record of a list."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from atelier.io.errors import UserError
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.table import open_table

EVENTS = [
    {"u": user, "device": {"os": {"name": name}}, "items": items}
    for user, name, items in (
        ("ann", "x", [{"id": 1}, {"id": 2}]),
        ("bob", "y", []),
        ("cem", "z", [{"id": 3}]),
    )
]


@pytest.fixture(params=["jsonl", "parquet"])
def path(request, tmp_path):
    path = tmp_path / f"events.{request.param}"
    if request.param == "jsonl":
        path.write_text("\n".join(map(json.dumps, EVENTS)))
    else:
        pq.write_table(pa.Table.from_pylist(EVENTS), path)
    return str(path)


def test_each_record_of_a_list_is_a_row(path, read, plain):
    rows = plain(read(path, ["u", "items.id"]))

    assert rows == [(1, "ann", 1), (1, "ann", 2), (3, "cem", 3)]


def test_a_record_is_no_list(path, read, plain):
    rows = plain(read(path, ["u", "device.os.name"]))

    assert rows == [(1, "ann", "x"), (2, "bob", "y"), (3, "cem", "z")]


def test_the_columns_of_a_table_have_their_paths(path):
    table = open_table(path, {"items.id": "--item_column"})

    assert table.column_names == (
        *("u", "device", "device.os", "device.os.name", "items", "items.id"),
    )
    assert table.types["items.id"] in (None, pa.int64())


def test_a_path_that_leads_nowhere(path, read):
    with pytest.raises(UserError, match="has no column 'items.sku', it has "):
        read(path, ["items.sku"])


def test_columns_of_two_lists(tmp_path, read, plain):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": [{"x": 1}], "b": [{"y": 1}]}')

    (row,) = read(str(path), ["a.x", "b.y"])

    assert row.reason == MALFORMED
    assert "belong to several lists, 'a' and 'b'" in row.detail


def test_a_key_with_a_dot_is_no_path(tmp_path, read, plain):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a.x": 1, "b": 2}')

    assert plain(read(str(path), ["a.x", "b"])) == [(1, 1, 2)]
