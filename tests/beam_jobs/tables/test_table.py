"""Files that do not fit together, or are none, end with a sentence."""

import gzip
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from atelier.io.errors import UserError
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.table import match_files
from beam_jobs.tables.table import open_table


def _parquet(path, **columns):
    pq.write_table(pa.table(columns), path)


def test_a_glob_reads_all_files_in_order(tmp_path, read):
    for name in "ba":
        (tmp_path / f"{name}.csv").write_text(f"u\n{name}1\n{name}2\n")

    rows = read(f"{tmp_path}/*.csv", ["u"])

    assert [(*row.address, row.values["u"]) for row in rows] == [
        (f"{tmp_path}/a.csv", 1, "a1"),
        (f"{tmp_path}/a.csv", 2, "a2"),
        (f"{tmp_path}/b.csv", 1, "b1"),
        (f"{tmp_path}/b.csv", 2, "b2"),
    ]


@pytest.mark.parametrize("pattern", ["*.csv", "./*.csv", "s?b/*.csv"])
def test_a_glob_from_the_working_directory(tmp_path, monkeypatch, pattern):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / pattern.replace("?", "u").replace("*", "a")
    path.parent.mkdir(exist_ok=True)
    path.write_text("u\n1\n")

    assert match_files(pattern) == [pattern.replace("?", "u").replace("*", "a")]


def test_a_glob_may_mix_formats_and_orders(tmp_path, read, plain):
    (tmp_path / "a.csv").write_text("u,i\n1,2\n")
    _parquet(tmp_path / "c.parquet", i=["4"], u=["3"])

    rows = plain(read(f"{tmp_path}/*", ["u", "i"]))

    assert rows == [(1, "1", "2"), (1, "3", "4")]


def test_a_file_of_a_glob_may_be_without_rows(tmp_path, read, plain):
    (tmp_path / "a.csv").write_text("none of these\n")
    (tmp_path / "b.csv").write_text("u\n1\n")

    assert plain(read(f"{tmp_path}/*.csv", ["u"])) == [(1, "1")]


def test_a_column_without_values_fits_to_all(tmp_path, read, plain):
    for name in "ac":
        _parquet(tmp_path / f"{name}.parquet", u=pa.nulls(1))
    _parquet(tmp_path / "b.parquet", u=["1"])

    table = open_table(f"{tmp_path}/*.parquet", {"u": "--u"})

    assert table.types == {"u": pa.string()}
    assert plain(read(f"{tmp_path}/*.parquet", ["u"])) == [
        (1, None),
        (1, "1"),
        (1, None),
    ]


def test_types_that_do_not_fit_together(tmp_path, read):
    _parquet(tmp_path / "a.parquet", u=["1"])
    _parquet(tmp_path / "b.parquet", u=[1])

    with pytest.raises(UserError) as caught:
        read(f"{tmp_path}/*.parquet", ["u"])

    assert str(caught.value) == (
        f"column 'u' holds int64 in {tmp_path}/b.parquet and string in other "
        f"files of {tmp_path}/*.parquet; write them with one type"
    )


def test_a_key_of_one_file_of_a_glob(tmp_path, read, plain):
    (tmp_path / "a.jsonl").write_text('{"u": 1}\n')
    (tmp_path / "b.jsonl").write_text('{"u": 2, "i": 3}\n')

    rows = plain(read(f"{tmp_path}/*", ["u", "i"], sparse=["i"]))

    assert rows == [(1, 1, None), (1, 2, 3)]
    with pytest.raises(UserError, match="a.jsonl has no column 'i'"):
        read(f"{tmp_path}/*", ["u", "i"])


def test_json_does_not_fit_to_other_files(tmp_path, read):
    (tmp_path / "a.csv").write_text("u\n1\n")
    (tmp_path / "b.jsonl").write_text('{"u": 1}\n')

    with pytest.raises(UserError, match="'u' holds values of any type in "):
        read(f"{tmp_path}/*", ["u"])


@pytest.mark.parametrize("name", ["parts", "t.csv", "[2021] *", "parts/"])
def test_a_folder_of_parts(tmp_path, read, plain, name):
    folder = tmp_path / name
    (folder / "_temporary").mkdir(parents=True)
    for part in ("part-1.csv", "part-0.csv", "_SUCCESS", ".part-0.csv.crc"):
        (folder / part).write_text(f"u\n{part}\n")

    rows = plain(read(f"{tmp_path}/{name}", ["u"]))

    assert rows == [(1, "part-0.csv"), (1, "part-1.csv")]


def test_a_folder_inside_a_folder_of_parts(tmp_path, read):
    (tmp_path / "day=1").mkdir()
    (tmp_path / "part-0.csv").write_text("u\na\n")

    with pytest.raises(UserError, match="day=1 is a folder inside the folder"):
        read(str(tmp_path), ["u"])


def test_a_delta_table(tmp_path, read):
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / "0.json").write_text("{}")
    _parquet(tmp_path / "part-0.parquet", u=["a"])

    with pytest.raises(UserError, match="is a Delta table, whose folder also"):
        read(str(tmp_path), ["u"])


def test_an_empty_folder(tmp_path, read):
    with pytest.raises(UserError, match="matches no file; check the path"):
        read(str(tmp_path), ["u"])


@pytest.mark.parametrize(
    "name", ["T.CSV", "t.Csv.GZ", "Shop [2021] ü.csv", "t*.csv", "t.tsv"]
)
def test_names_of_csv_files(write, read, plain, name):
    write("t1.csv", "u\nother\n")
    data = "u\na\n"
    data = gzip.compress(data.encode()) if name.endswith(".GZ") else data

    assert plain(read(write(name, data), ["u"])) == [(1, "a")]


@pytest.mark.parametrize("name", ["t.ndjson", "t.NDJSON", "t.jsonl.gz"])
def test_names_of_json_files(write, read, plain, name):
    assert plain(read(write(name, '{"u": "a"}\n'), ["u"])) == [(1, "a")]


@pytest.mark.parametrize("name", ["T.PARQUET", "000000_0", "part.pq"])
def test_names_of_parquet_files(tmp_path, read, plain, name):
    _parquet(tmp_path / name, u=["a"])

    assert plain(read(f"{tmp_path}/{name}", ["u"])) == [(1, "a")]


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("/none/*.csv", "/none/*.csv matches no file; check the path"),
        ("zz://a.csv", "zz://a.csv cannot be read: "),
    ],
)
def test_no_match(read, pattern, sentence):
    with pytest.raises(UserError) as caught:
        read(pattern, ["u"])

    assert str(caught.value).startswith(sentence)


def test_an_unknown_format(write, read):
    path = write("t.txt", "u\n1\n")

    with pytest.raises(
        UserError, match="t.txt must be one of .parquet, .csv, "
    ):
        read(path, ["u"])


@pytest.mark.parametrize("delimiter", ["", "\\t", ",,", '"', "\n", "\r"])
def test_a_delimiter_that_is_none(write, read, delimiter):
    path = write("t.csv", "u,i\n1,2\n")

    with pytest.raises(UserError, match="--delimiter must be one character"):
        read(path, ["u"], dialect=Dialect(delimiter))


@pytest.mark.parametrize(
    "encoding", ["utf-16", "shift_jis", "cp037", "none", "rot13", "gbk"]
)
def test_an_encoding_that_is_not_of_single_bytes(write, read, encoding):
    path = write("t.csv", "u,i\n1,2\n")

    with pytest.raises(UserError, match="--csv_encoding must be an encoding"):
        read(path, ["u"], dialect=Dialect(encoding=encoding))


def test_workers_get_a_table_whole(write):
    table = open_table(write("t.csv", "u\n1\n"), {"u": "--u"})

    assert pickle.loads(pickle.dumps(table)) == table
