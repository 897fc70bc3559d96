"""Files in blocks give the rows and row numbers of one reader."""

import csv
import io

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io.errors import UserError
from beam_jobs.tables import blocks
from beam_jobs.tables import csv_file
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.table import open_table

PIECES = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r", "\r\n", "\\", " ", "\0", "é", "\x85", "a"]
)
HOSTILE = st.lists(PIECES, max_size=40).map("".join)
CELLS = st.lists(PIECES, max_size=5).map("".join)
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 9))
no_deadline = settings(deadline=None)


@pytest.fixture(autouse=True, scope="module")
def tiny_pieces():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def divided(tiny_pieces):
    """Returns the chunks of a table, one a block, and its columns."""

    def divided(path, sizes=(16, 5), **options):
        tiny_pieces.setattr(blocks, "BLOCK_BYTES", sizes[0])
        tiny_pieces.setattr(blocks, "_PIECE_BYTES", sizes[1])
        table = open_table(path, {}, **options)
        (whole,) = table.chunks
        scans = [(block, blocks.scan(block)) for block in table.blocks(whole)]
        chunks = list(blocks.chunks_of(scans[::-1])) if scans else [whole]
        return table, chunks

    return divided


@pytest.fixture(scope="module")
def assert_same(divided):
    """Compares the rows of all chunks with those of the whole file."""

    def assert_same(path, sizes=(16, 5), **options):
        try:
            table, chunks = divided(path, sizes, **options)
        except UserError:  # No header, or no rows.
            return []
        columns = list(dict.fromkeys(table.column_names))
        parts = [row for one in chunks for row in table.read(one, columns)]
        assert parts == list(table.read(Chunk(path), columns))
        return chunks

    return assert_same


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", "u,i\n" + "ann,1\n" * 20),
        ("t.csv", "\ufeffu,i\r\n" + "ann,1\r\n" * 20),
        ("t.csv", '\ufeff"u",i\n' + '"a\nn",1\n\n\n' * 20),
        ("t.csv", '"u","i"\n' + '"a\r\n""n"",",""\n' * 20),
        ("t.csv", "\n\nu,i\n" + "a,1\r" * 20),
        ("t.tsv", "u\ti\n" + 'x\t"a,\nb"\n' * 20),
        ("t.jsonl", '{"u": "a\\""}\n\n' * 20),
        ("t.jsonl", '\ufeff{"u": 1}\r\n' + 'no JSON "\r\n' * 20),
    ],
)
@pytest.mark.parametrize("size", [7, 16, 50])
def test_a_file_in_blocks(write, assert_same, name, data, size):
    chunks = assert_same(write(name, data), (size, 5))

    assert len(chunks) > 1
    assert [one.part for one in chunks] == list(range(len(chunks)))


@pytest.mark.parametrize(
    ("data", "options", "problem"),
    [
        ('u\n5" nails\n' + "a\n" * 9, {}, "a whole field at byte 3"),
        ('u\n"a"b\n' + "a\n" * 9, {}, "a whole field at byte 4"),
        ('u\n"a\n' + "a\n" * 9, {}, "it ends inside quotes"),
        (
            "u\na\\\nb\n" + "a\n" * 9,
            {"dialect": Dialect(quotes="none")},
            "a backslash stands before a line end at byte 3",
        ),
        (
            "u\n" + "a\n" * 9,
            {"dialect": Dialect(quotes="backslash")},
            "its format cannot be divided",
        ),
        (
            "u\n" + "a\n" * 9,
            {"dialect": Dialect(delimiter="§")},
            "its format cannot be divided",
        ),
        ("\ufeffu\n".encode("utf-16") + b"a\n" * 9, {}, "cannot be divided"),
    ],
)
def test_a_file_that_only_one_worker_reads(
    write, assert_same, caplog, data, options, problem
):
    path = write("t.csv", data)

    assert assert_same(path, **options) == [Chunk(path)]
    (line,) = caplog.messages
    assert line.startswith(f"{path} is read by one worker: ")
    assert line.endswith(problem)


def test_lines_whose_blanks_are_not_counted(write, assert_same, caplog):
    path = write("t.jsonl", '{"u": 1}\n \u2003\n' * 9)

    assert assert_same(path) == [Chunk(path)]
    assert "no visible ASCII character at byte 9" in caplog.text


def test_a_field_that_is_too_long(write, assert_same, monkeypatch, caplog):
    monkeypatch.setattr(csv_file, "MAX_FIELD_CHARACTERS", 50)
    for text in ("x" * 51, '"' + "x\n" * 26 + '"'):
        path = write("t.csv", "u\n" + "a\n" * 9 + text + "\na\n")
        for sizes in ((16, 5), (200, 150), (80, 80)):
            assert_same(path, sizes)
    assert "too long to read" in caplog.text


def test_small_and_compressed_files_stay_whole(write, assert_same):
    data = "u\n" + "a\n" * 9
    assert len(assert_same(write("t.csv", data), (len(data), 5))) == 1
    assert len(assert_same(write("t.csv.gz", data), (1, 5))) == 1


def test_a_file_that_cannot_be_read(write, divided, monkeypatch, caplog):
    def fail(_):
        raise OSError("a bad disk")

    path = write("t.csv", "u\n" + "a\n" * 9)
    monkeypatch.setattr(blocks, "open_bytes", fail)

    assert divided(path)[1] == [Chunk(path)]
    assert caplog.messages[0].endswith("it is unreadable: a bad disk")


@no_deadline
@given(
    data=HOSTILE,
    sizes=SIZES,
    quotes=st.sampled_from(["doubled", "none"]),
)
@example('"a\n"b\nc\n""', (3, 2), "doubled")
def test_any_csv(write, assert_same, data, sizes, quotes):
    path = write("any.csv", "u,i\n0,0\n" + data)
    assert_same(path, sizes, dialect=Dialect(quotes=quotes))


@no_deadline
@given(data=st.binary(max_size=60), sizes=SIZES)
def test_any_bytes(write, assert_same, data, sizes):
    dialect = Dialect(encoding="cp1252")
    assert_same(write("any.csv", b"u\n0\n" + data), sizes, dialect=dialect)
    assert_same(write("any.jsonl", b'{"u": 0}\n' + data), sizes)


@no_deadline
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=8, max_size=12),
    sizes=SIZES,
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_a_program_has_written(
    write, assert_same, rows, sizes, delimiter, line_end
):
    """Regular files are divided, whatever their fields hold."""
    made = io.StringIO(newline="")
    writer = csv.writer(
        made,
        delimiter=delimiter,
        lineterminator=line_end,
        quoting=csv.QUOTE_ALL,
    )
    writer.writerows([("u", "i"), *rows])
    path = write("round.csv", made.getvalue())

    chunks = assert_same(path, sizes, dialect=Dialect(delimiter))

    assert len(chunks) > 1 or sizes[0] > 16
