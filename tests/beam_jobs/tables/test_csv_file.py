"""Each record of a CSV file is a row or a bad row, and keeps its number."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io.errors import UserError
from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.tables import csv_file
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import EMPTY_ROW
from beam_jobs.tables.row import MALFORMED

TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
CUTS = st.sampled_from(['"', '""', ",", "\n", "\r", "\0", "\x85", "\u2028"])
HOSTILE = st.lists(CUTS | TEXT, max_size=12).map("".join)
ESCAPED = st.text('ab\\",;\t|\nN', max_size=6)
no_deadline = settings(deadline=None)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("u,i\na,b\nc,d\n", [(1, "a", "b"), (2, "c", "d")]),
        ("u,i\na,b\nc,d", [(1, "a", "b"), (2, "c", "d")]),
        ("\ufeffu,i\r\na,b\r\n", [(1, "a", "b")]),
        ('\ufeff"u",i\na,b\n', [(1, "a", "b")]),
        ("u,i\ra,b\rc,d\r", [(1, "a", "b"), (2, "c", "d")]),
        ("\n\nu,i\n\na,b\n\n\nc,d\n\n", [(1, "a", "b"), (2, "c", "d")]),
        ('u,x,i\n"a, é",,"b\nc"\nd,,e', [(1, "a, é", "b\nc"), (2, "d", "e")]),
        ('u,i\n"a\r\nb",c\n', [(1, "a\r\nb", "c")]),
        ("u,i\na\nb,c\n", [(1, "a", None), (2, "b", "c")]),
        ("u,i\na,b,c\nd,e\n", [(1, MALFORMED), (2, "d", "e")]),
        ("u,i\na,b,\nd,e,,\n", [(1, "a", "b"), (2, "d", "e")]),
        ("u,i,\na,b,\n", [(1, "a", "b")]),
        ('u,x,i\na,"' + "<p>\n" * 50_000 + '",b\n', [(1, "a", "b")]),
        ('u,i\n5" nails,b\n', [(1, '5" nails', "b")]),
        ("u,i\n,\n  ,b\n", [(1, EMPTY_ROW), (2, "  ", "b")]),
        (
            "u,i\na\x85b,c\u2028d\ne\x0cf,g\x1c\n",
            [
                (1, "a\x85b", "c\u2028d"),
                (2, "e\x0cf", "g\x1c"),
            ],
        ),
        ("u,i\na\0b,c\n", [(1, "a\0b", "c")]),
        ("u,i\n007,1.0\n", [(1, "007", "1.0")]),
    ],
    ids=[
        "plain",
        "no last line end",
        "mark",
        "mark and quote",
        "old line ends",
        "blank lines",
        "quoted",
        "quoted Windows line end",
        "short",
        "long",
        "trailing delimiters",
        "trailing delimiters in the header",
        "long text with line ends",
        "inch",
        "empty fields",
        "separators of Unicode",
        "NUL",
        "numbers stay text",
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_rows(write, read, plain, name, data, expected):
    assert plain(read(write(name, data), ["u", "i"])) == expected


def test_bytes_that_are_no_utf8_are_seen_as_such(write, read, plain):
    rows = plain(read(write("t.csv", b"u\nok\ncaf\xe9\nok too\n"), ["u"]))

    assert rows == [(1, "ok"), (2, "caf\udce9"), (3, "ok too")]
    assert "not UTF-8" in id_problem("u", rows[1][1])


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp1252", "né € Weiß"), ("cp1250", "né € łąka")]
)
def test_bytes_of_another_encoding(write, read, plain, encoding, text):
    """Also where some lines are UTF-8: files are often joined."""
    lines = b"u\n" + f"{text}\n".encode(encoding) + f"{text}\n".encode()

    dialect = Dialect(encoding=encoding)
    rows = plain(read(write("t.csv", lines), ["u"], dialect=dialect))

    assert rows == [(1, text), (2, text)]


def test_bytes_that_are_in_no_encoding(write, read, plain):
    dialect = Dialect(encoding="cp1252")  # 0x81 is no letter there.
    rows = plain(read(write("t.csv", b"u\n\x81\n"), ["u"], dialect=dialect))

    assert rows == [(1, "\udc81")]


def test_utf_16_before_another_encoding(write, read, plain):
    path = write("t.csv", "u\né帽\n".encode("utf-16"))

    assert plain(read(path, ["u"], dialect=Dialect(encoding="cp1252"))) == [
        (1, "é帽")
    ]


@pytest.mark.parametrize(
    "line",
    ['"lost,x', '"a"b,x', 'a,"'],
    ids=["never closed", "text after quote", "quote at line end"],
)
@pytest.mark.parametrize("after", [0, 1, 20_000])
def test_a_malformed_row_takes_no_other_with_it(
    write, read, plain, line, after
):
    tail = "c,d\n" * after
    rows = plain(read(write("t.csv", f"u,i\na,b\n{line}\n{tail}"), ["u", "i"]))

    assert rows[:2] == [(1, "a", "b"), (2, MALFORMED)]
    assert rows[2:] == [(3 + one, "c", "d") for one in range(after)]


def test_unclosed_quotes_do_not_pair_up(write, read, plain):
    data = 'u,i\n"a,b\nc,d\ne,"f\n"g",h\n'

    assert plain(read(write("t.csv", data), ["u", "i"])) == [
        (1, MALFORMED),
        (2, "c", "d"),
        (3, MALFORMED),
        (4, "g", "h"),
    ]


def test_the_longest_field_that_is_read(write, read, plain, monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_FIELD_CHARACTERS", 200_000)
    longest = "x" * 200_000

    rows = plain(read(write("t.csv", f"u\n{longest}\n{longest}x\n"), ["u"]))

    assert rows == [(1, longest), (2, MALFORMED)]


BACKSLASHES = (
    'i,x,u\n1,"Belt, 3\\" wide",a\n2,"Hat\\", red",b\n3,\\N,C:\\tmp\n'
    '4,"two\\\nlines \\\\",\\\\\n'
)
"""A table as Spark and MySQL write it."""


@pytest.mark.parametrize("quotes", ["backslash", "none"])
def test_an_escaped_line_end_of_two_characters(write, read, plain, quotes):
    path = write("t.csv", "x,u\r\n1,a\\\r\nb\r\n2,c\r\n")

    rows = plain(read(path, ["x", "u"], dialect=Dialect(quotes=quotes)))

    assert rows == [(1, "1", "a\r\nb"), (2, "2", "c")]


def test_quotes_after_backslashes(write, read, plain):
    path = write("t.csv", BACKSLASHES)

    dialect = Dialect(quotes="backslash")
    rows = plain(read(path, ["x", "u"], dialect=dialect))

    assert rows == [
        (1, 'Belt, 3" wide', "a"),
        (2, 'Hat", red', "b"),
        (3, "\\N", "C:\\tmp"),
        (4, "two\nlines \\", "\\"),
    ]


def test_backslashes_that_are_not_expected(write, read):
    first, second, *_ = read(write("t.csv", BACKSLASHES), ["x", "u"])

    for row in (first, second):
        assert row.reason == MALFORMED
        assert "backslash" in row.detail


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")],
)
def test_utf_16(write, read, plain, mark, encoding):
    data = mark + "u,i\r\né帽,b\r\n".encode(encoding)

    assert plain(read(write("t.csv", data), ["u", "i"])) == [(1, "é帽", "b")]
    cut = plain(read(write("t.csv", data[:-1]), ["u", "i"]))
    assert cut[-1][1] == CUT_SHORT


def test_tabs(write, read, plain):
    for name in ("t.tsv", "T.TSV.gz"):
        path = write(name, "u\ti\na,b\tc\n")
        assert plain(read(path, ["u", "i"])) == [(1, "a,b", "c")]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("t.csv", 'u;"i, j"'),
        ("t.csv", "u\ti"),
        ("t.csv", "u|i"),
        ("t.tsv", "u;i"),
    ],
)
def test_the_separator_of_the_header(write, read, plain, name, header):
    separator = header[1]
    path = write(name, f"{header}\na,b{separator}c\n")

    assert plain(read(path, ["u"])) == [(1, "a,b")]


def test_a_gzip_file_that_was_cut(write, read, plain, tmp_path):
    lines = [f"user {one * 7919 % 100_003},{one}" for one in range(20_000)]
    whole = write("t.csv.gz", "\n".join(["u,i", *lines]))
    cut = tmp_path / "cut.csv.gz"
    with open(whole, "rb") as file:
        packed = file.read()
    cut.write_bytes(packed[: len(packed) // 2])

    *rows, last = plain(read(str(cut), ["u", "i"]))

    assert rows == plain(read(whole, ["u", "i"]))[: len(rows)]
    assert 1000 < len(rows) < 20_000
    assert last == (len(rows) + 1, CUT_SHORT)


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_a_gzip_file_with_broken_bytes(write, read, plain, tmp_path, place):
    lines = [f"user {one * 7919 % 100_003},{one}" for one in range(20_000)]
    with open(write("t.csv.gz", "\n".join(["u,i", *lines])), "rb") as file:
        packed = bytearray(file.read())
    middle = int(len(packed) * place)
    packed[middle : middle + 40] = b"\xff" * 40
    (tmp_path / "t.csv.gz").write_bytes(packed)

    assert plain(read(f"{tmp_path}/t.csv.gz", ["u"]))[-1][1] == CUT_SHORT


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("t.csv", b"", "is empty; give a header and rows"),
        ("t.csv", b"\n\n", "is empty; give a header and rows"),
        ("t.csv", b"u,i\n", "holds no rows; add rows to it"),
        ("t.csv", b"u,i\n\n\n", "holds no rows; add rows to it"),
        (
            "t.csv",
            b"who,i\na,b\n",
            "has no column 'u', it has 'who', 'i'; correct it with --the_flag",
        ),
        (
            "t.csv",
            b"u^i\na^b\n",
            "has no column 'u', it has 'u^i'; correct it with "
            "--the_flag, or set the field separator with --delimiter",
        ),
        ("t.csv", b"u,i,u\na,b,c\n", "has 2 columns 'u'; rename all but one"),
        ("t.csv", b'u,"i\na,b\n', "cannot be read: its header is unreadable"),
        (
            "t.csv",
            "u,i\na,b\n".encode("utf-16-le"),
            "has no column 'u', it has",
        ),
    ],
)
def test_what_is_no_table(write, read, name, data, sentence):
    path = write(name, data)

    with pytest.raises(UserError) as caught:
        read(path, ["u"])

    assert str(caught.value).startswith(f"{path} {sentence}")


@pytest.mark.parametrize(
    "data", [b"u,i\na,b\n", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08" + b"\0" * 30]
)
def test_what_is_no_gzip(tmp_path, read, data):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(data)

    with pytest.raises(UserError) as caught:
        read(str(path), ["u"])

    assert str(caught.value).startswith(f"{path} cannot be read: ")


@no_deadline
@given(data=st.binary(max_size=80) | HOSTILE.map(str.encode))
def test_any_bytes(write, read, plain, data):
    path = write("any.csv", b"u,i\n0,0\n" + data)

    _, *rows = plain(read(path, ["u", "i"]))

    lines = [one for one in re.split(rb"\r\n|\r|\n", data) if one]
    assert [row[0] for row in rows] == list(range(2, len(rows) + 2))
    if b'"' in data:  # A row may have several lines.
        assert bool(lines) <= len(rows) <= len(lines)
    else:
        assert len(rows) == len(lines)


@no_deadline
@given(data=st.binary(max_size=80) | HOSTILE.map(str.encode))
@pytest.mark.parametrize("name", ["any.csv", "any.csv.gz"])
def test_any_bytes_as_a_whole_file(write, read, name, data):
    # Only a UserError may end it; no header of so few bytes has this column.
    with pytest.raises(UserError):
        read(write(name, data), ["a column"])


@no_deadline
@given(
    rows=st.lists(
        st.tuples(ESCAPED, ESCAPED.filter(bool)), min_size=1, max_size=6
    ),
    delimiter=st.sampled_from(",;\t|"),
    quotes=st.sampled_from(["backslash", "none"]),
)
def test_backslashes_as_they_were_written(
    write, read, plain, rows, delimiter, quotes
):
    made = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quotes == "backslash" else csv.QUOTE_NONE
    writer = csv.writer(
        made,
        delimiter=delimiter,
        quoting=quoting,
        doublequote=False,
        escapechar="\\",
        lineterminator="\n",
    )
    writer.writerows([("u", "i"), *rows])
    path = write("escaped.csv", made.getvalue())

    found = plain(read(path, ["u", "i"], dialect=Dialect(delimiter, quotes)))

    assert found == [(number, *row) for number, row in enumerate(rows, 1)]


@no_deadline
@given(
    rows=st.lists(
        st.tuples(HOSTILE, HOSTILE).filter(any), min_size=1, max_size=6
    ),
    delimiter=st.sampled_from(",;\t|"),
    style=st.sampled_from(
        [
            {},  # Quotes what it must, and ends lines as Windows does.
            {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"},
            {"quoting": csv.QUOTE_ALL, "lineterminator": "\r"},
        ]
    ),
)
def test_what_is_read_is_what_was_written(
    write, read, plain, rows, delimiter, style
):
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=delimiter, **style)
    writer.writerows([("u", "i"), *rows])
    path = write("round.csv", made.getvalue())

    assert plain(read(path, ["u", "i"], dialect=Dialect(delimiter))) == [
        (number, *row) for number, row in enumerate(rows, 1)
    ]
