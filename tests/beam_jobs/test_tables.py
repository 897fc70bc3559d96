"""Rows keep their numbers, and what is no table ends with a sentence."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from beam_jobs.rejections import id_problem
from beam_jobs.tables import open_table
from beam_jobs.tables import read_chunk
from records.errors import UserError


@pytest.fixture
def rows(tmp_path):
    """Reads columns of a table as (row number, *values)."""

    def read(name, columns):
        table = open_table(
            str(tmp_path / name), {column: "--flag" for column in columns}
        )
        return [
            (row.address.row, *row.values.values())
            for chunk in table.chunks
            for row in read_chunk(chunk, columns)
        ]

    return read


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("u,i\na,b\nc,d\n", [(1, "a", "b"), (2, "c", "d")]),
        ("\ufeffu,i\r\na,b\r\n", [(1, "a", "b")]),
        ('u,x,i\n"a, é",,"b\nc"\nd,,e', [(1, "a, é", "b\nc"), (2, "d", "e")]),
        ("u,i\na\nb,c\n", [(1, "a", None), (2, "b", "c")]),
        ("u,i\na,b,c\n", [(1, "a", "b")]),
        ('u,i\n5" nails,b\n', [(1, '5" nails', "b")]),
    ],
    ids=["plain", "bom", "quoted", "short", "long", "inch"],
)
def test_csv(tmp_path, rows, data, expected):
    (tmp_path / "t.csv").write_bytes(data.encode())

    assert rows("t.csv", ["u", "i"]) == expected


def test_a_csv_row_that_is_no_utf8_is_seen_as_such(tmp_path, rows):
    (tmp_path / "t.csv").write_bytes(b"u\nok\ncaf\xe9\nok too\n")

    first, bad, last = rows("t.csv", ["u"])

    assert (first, last) == ((1, "ok"), (3, "ok too"))
    assert bad == (2, "caf\udce9")
    assert "no UTF-8" in id_problem("u", bad[1])


@pytest.mark.parametrize(
    "tail",
    ['"lost,x\nc,d\ne,f\n', f'"{"x" * 200_000},x\n', '"a"b,x\n'],
    ids=["never closed", "above the limit of a field", "text after quote"],
)
def test_a_malformed_csv_row_is_not_lost(tmp_path, rows, tail):
    (tmp_path / "t.csv").write_text(f"u,i\na,b\n{tail}")

    first, bad = rows("t.csv", ["u", "i"])[:2]

    assert first == (1, "a", "b")
    assert bad == (2, None, None)


def test_parquet_row_numbers_go_on_across_row_groups(tmp_path, rows):
    path = tmp_path / "t.parquet"
    schema = pa.schema({"u": pa.int64(), "i": pa.string()})
    with pq.ParquetWriter(path, schema) as writer:
        for numbers in ([1, 2, 3], [], [4], [5, None]):
            columns = [numbers, [f"i{one}" for one in numbers]]
            writer.write_table(pa.table(columns, schema=schema))

    assert rows("t.parquet", ["i", "u"]) == [
        (1, "i1", 1),
        (2, "i2", 2),
        (3, "i3", 3),
        (4, "i4", 4),
        (5, "i5", 5),
        (6, "iNone", None),
    ]


def test_a_large_row_group_is_read_whole(tmp_path, rows):
    pq.write_table(pa.table({"u": range(1000)}), tmp_path / "t.parquet")

    assert rows("t.parquet", ["u"]) == [(one + 1, one) for one in range(1000)]


def test_a_glob_reads_all_files_in_order(tmp_path, rows):
    for name in "ba":
        (tmp_path / f"{name}.csv").write_text(f"u\n{name}1\n{name}2\n")

    assert rows("*.csv", ["u"]) == [
        (1, "a1"),
        (2, "a2"),
        (1, "b1"),
        (2, "b2"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("t.csv", b"", "is empty; give a header and rows"),
        ("t.csv", b"u,i\n", "has a header but no rows; give it some"),
        ("t.csv", b"u,i\n\n\n", "has a header but no rows; give it some"),
        (
            "t.csv",
            b"who,i\na,b\n",
            "has no column 'u', it has 'who', 'i'; name the right one with "
            "--user_column",
        ),
        ("t.csv", "u,i\na,b\n".encode("utf-16"), "has no column 'u', it has"),
        ("t.parquet", b"", "cannot be read: "),
        ("t.parquet", b"u,i\na,b\nc,d\n", "cannot be read: "),
        ("t.parquet", b"PAR1" + b"\xff" * 60 + b"PAR1", "cannot be read: "),
        ("t.txt", b"u\na\n", "is neither .parquet nor .csv"),
    ],
)
def test_what_is_no_table(tmp_path, name, data, sentence):
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        open_table(str(path), {"u": "--user_column"})

    assert str(caught.value).startswith(f"{path} {sentence}")


def test_parquet_without_rows(tmp_path):
    pq.write_table(pa.table({"u": pa.array([], "str")}), tmp_path / "t.parquet")

    with pytest.raises(UserError, match="has a header but no rows"):
        open_table(f"{tmp_path}/t.parquet", {"u": "--user_column"})


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_folder_that_is_named_like_a_table(tmp_path, name):
    (tmp_path / name).mkdir()

    with pytest.raises(UserError, match="cannot be read: .*directory"):
        open_table(f"{tmp_path}/{name}", {"u": "--user_column"})


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("/none/*.csv", "/none/*.csv matches no file; check the path"),
        ("zz://a.csv", "zz://a.csv cannot be read: "),
    ],
)
def test_no_match(pattern, sentence):
    with pytest.raises(UserError) as caught:
        open_table(pattern, {})

    assert str(caught.value).startswith(sentence)
