"""Each row of a Parquet file is a row or a bad row, and keeps its number."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io.errors import UserError
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.table import open_table

SCHEMA = pa.schema(
    {"u": pa.int64(), "i": pa.string(), "p": pa.binary(), "w": pa.float64()}
)
ROWS = st.fixed_dictionaries(
    {
        "u": st.none() | st.integers(-(2**63), 2**63 - 1),
        "i": st.none() | st.text(st.characters(codec="utf-8"), max_size=9),
        "p": st.none() | st.binary(max_size=9),
        "w": st.none() | st.floats(allow_nan=False),
    }
)
MOMENT = datetime.datetime(2021, 3, 1, 8, 15, 1)
no_deadline = settings(deadline=None)


def test_row_numbers_go_on_across_row_groups(tmp_path, read, plain):
    path = tmp_path / "t.parquet"
    schema = pa.schema({"u": pa.int64(), "i": pa.string()})
    with pq.ParquetWriter(path, schema) as writer:
        for numbers in ([1, 2, 3], [], [4], [5, None]):
            columns = [numbers, [f"i{one}" for one in numbers]]
            writer.write_table(pa.table(columns, schema=schema))

    rows = read(str(path), ["i", "u"])

    assert [(*row.address, row.values) for row in rows] == [
        (str(path), 1, {"i": "i1", "u": 1}),
        (str(path), 2, {"i": "i2", "u": 2}),
        (str(path), 3, {"i": "i3", "u": 3}),
        (str(path), 4, {"i": "i4", "u": 4}),
        (str(path), 5, {"i": "i5", "u": 5}),
        (str(path), 6, {"i": "iNone", "u": None}),
    ]


def test_a_large_row_group_is_read_whole(tmp_path, read, plain):
    pq.write_table(pa.table({"u": range(1000)}), tmp_path / "t.parquet")

    rows = plain(read(f"{tmp_path}/t.parquet", ["u"]))

    assert rows == [(one + 1, one) for one in range(1000)]


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (pa.string(), b"caf\xe9"),
        (pa.timestamp("s"), 999_999_999_999),
        (pa.date32(), 2**31 - 1),
    ],
    ids=["no UTF-8", "late second", "late day"],
)
def test_a_value_that_python_cannot_hold(tmp_path, read, plain, kind, bad):
    if kind == pa.string():
        good = "ok"
        values = pa.array([b"ok", bad, b"ok"] * 200, pa.binary())
        values = pa.Array.from_buffers(kind, len(values), values.buffers())
    else:
        good = pa.scalar(0, kind).as_py()
        bits = pa.int64() if kind == pa.timestamp("s") else pa.int32()
        values = pa.array([0, bad, 0] * 200, bits).cast(kind)
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"u": values}), path, version="2.6")

    rows = plain(read(str(path), ["u"]))

    assert rows == [
        (one, MALFORMED) if one % 3 == 2 else (one, good)
        for one in range(1, 601)
    ]


def test_a_broken_row_group(tmp_path, read, plain):
    path = tmp_path / "t.parquet"
    text = [f"{one * 7919 % 100_003:09d}" for one in range(4000)]
    pq.write_table(
        pa.table({"u": text}),
        path,
        row_group_size=1000,
        compression="gzip",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(2).column(0)
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle : middle + 99] = b"\xff" * 99
    path.write_bytes(data)

    rows = plain(read(str(path), ["u"]))

    assert rows == [
        *((one + 1, text[one]) for one in range(2000)),
        (2001, CUT_SHORT),
        *((one + 1, text[one]) for one in range(3000, 4000)),
    ]


@pytest.mark.parametrize(
    ("value", "kind", "plain_kind"),
    [
        ("a", pa.large_string(), pa.string()),
        (b"a", pa.large_binary(), pa.binary()),
        ("a", pa.dictionary(pa.int32(), pa.string()), pa.string()),
        (1, pa.int32(), pa.int32()),
        (b"a", pa.binary(1), pa.binary()),
        (b"a", pa.list_(pa.uint8()), pa.binary()),
        (decimal.Decimal(7), pa.decimal128(38, 0), pa.int64()),
        (decimal.Decimal("7.5"), pa.decimal128(9, 1), pa.decimal128(9, 1)),
        (MOMENT, pa.timestamp("ms"), pa.timestamp("us")),
    ],
)
def test_types_that_differ_in_memory_alone(
    tmp_path, read, value, kind, plain_kind
):
    path = tmp_path / "t.parquet"
    stored = list(value) if pa.types.is_list(kind) else value
    values = pa.array([stored, None], kind)
    pq.write_table(pa.table({"u": values}), path)

    assert open_table(str(path), {"u": "--u"}).types == {"u": plain_kind}
    assert [row.values["u"] for row in read(str(path), ["u"])] == [value, None]


def test_images_of_hugging_face(tmp_path, read):
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = [{"bytes": b"jpeg", "path": "a.jpg"}, None]
    table = pa.table({"u": pa.array(images, kind)})
    pq.write_table(table, tmp_path / "t.parquet")

    rows = read(f"{tmp_path}/t.parquet", ["u"])

    assert [row.values["u"] for row in rows] == [b"jpeg", None]


@pytest.mark.parametrize("zone", ["America/New_York", "+05:30", "Mars/Olympus"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_of_any_zone(tmp_path, read, zone, unit):
    moment = MOMENT.replace(tzinfo=datetime.UTC)
    values = pa.array([moment], pa.timestamp(unit, "UTC"))
    values = values.cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({"u": values}), tmp_path / "t.parquet")

    (row,) = read(f"{tmp_path}/t.parquet", ["u"])

    assert row.values["u"] == moment


def test_nanoseconds_that_python_has_not(tmp_path, read):
    values = pa.array([1_614_586_501_000_000_001], pa.timestamp("ns"))
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"u": values}), path, version="2.6")

    (row,) = read(str(path), ["u"])

    assert row.values["u"] == MOMENT


def test_an_integer_of_more_than_64_bits(tmp_path, read, plain):
    values = [decimal.Decimal(one) for one in (1, 10**20, 3)]
    table = pa.table({"u": pa.array(values, pa.decimal128(38, 0))})
    pq.write_table(table, tmp_path / "t.parquet")

    rows = plain(read(f"{tmp_path}/t.parquet", ["u"]))

    assert rows == [(1, 1), (2, 10**20), (3, 3)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"u,i\na,b\nc,d\n",
        b"PAR1" + b"\xff" * 60 + b"PAR1",
        b"PAR1" + b"\0" * 60 + b"PAR1",
    ],
)
def test_what_is_no_parquet(tmp_path, read, data):
    path = tmp_path / "t.parquet"
    path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        read(str(path), ["u"])

    assert str(caught.value).startswith(f"{path} cannot be read: ")


def test_no_rows(tmp_path, read):
    pq.write_table(pa.table({"u": pa.array([], "str")}), tmp_path / "t.parquet")

    with pytest.raises(
        UserError, match="t.parquet holds no rows; add rows to "
    ):
        read(f"{tmp_path}/t.parquet", ["u"])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["who", "i"], "has no column 'u', it has 'who', 'i'; correct it "),
        (["u", "u"], "has 2 columns 'u'; rename all but one"),
    ],
)
def test_columns_that_do_not_fit(tmp_path, read, names, sentence):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table([["a"], ["b"]], names=names), path)

    with pytest.raises(UserError) as caught:
        read(str(path), ["u"])

    assert str(caught.value).startswith(f"{path} {sentence}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parquet")


@no_deadline
@given(rows=st.lists(ROWS, min_size=1, max_size=9), group=st.integers(1, 9))
def test_what_is_read_is_what_was_written(folder, read, rows, group):
    path = folder / "round.parquet"
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, path, row_group_size=group)

    found = read(str(path), ["u", "i", "p", "w"])

    assert [row.values for row in found] == rows
    assert [row.address[1] for row in found] == list(range(1, len(rows) + 1))
