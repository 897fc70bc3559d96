"""Each line of a JSON lines file is a row or a bad row."""

import json

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io.errors import UserError
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXT
    | st.sampled_from(["\x85", "\u2028", "\u2029", "\r\n", "\0", "1.0"])
)
VALUES = st.recursive(
    SCALARS,
    lambda one: st.lists(one) | st.dictionaries(TEXT, one),
    max_leaves=5,
)
ROWS = st.lists(
    st.fixed_dictionaries({"u": VALUES, "i": VALUES}), min_size=1, max_size=5
)
HOSTILE = st.lists(TEXT | st.sampled_from('{}[]":,\n\r')).map("".join)
no_deadline = settings(deadline=None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"u": "a", "i": 1}', ("a", 1)),
        ('{"i": 1.0, "x": [2], "u": null}', (None, 1.0)),
        ('{"u": "a\x85b\u2028c"}', ("a\x85b\u2028c", None)),
        ('{"u": "caf\\u00e9 \\ud800"}', ("café \ud800", None)),
        ("{}", (None, None)),
        ('  {"u": "a"}  \r', ("a", None)),
        ('["a", 1]', (MALFORMED,)),
        ("null", (MALFORMED,)),
        ('{"u": "a"', (MALFORMED,)),
        ("{'u': 'a'}", (MALFORMED,)),
        ('{"u": "a"} {"u": "b"}', (MALFORMED,)),
        ("[" * 200_000, (MALFORMED,)),
        ('{"u": ' + "9" * 10_000 + "}", (MALFORMED,)),
        ('{"u": "a\0b"}', (MALFORMED,)),
    ],
)
@pytest.mark.parametrize("name", ["t.jsonl", "t.json.gz"])
def test_lines(write, read, plain, name, line, expected):
    data = f'\ufeff{{"u": 1, "i": 2}}\n\n \t\n{line}\n{{"u": 3, "i": 4}}'

    assert plain(read(write(name, data), ["u", "i"])) == [
        (1, 1, 2),
        (2, *expected),
        (3, 3, 4),
    ]


def test_keys_that_occur_late(write, read, plain):
    lines = ['{"u": "a"}'] * 150 + ['{"u": "a", "i": 1}']
    path = write("t.jsonl", "\n".join(lines))

    rows = plain(read(path, ["u", "i"], sparse=["i"]))

    assert rows[149:] == [(150, "a", None), (151, "a", 1)]


@pytest.mark.parametrize("sparse", [[], ["u"]])
def test_keys_that_never_occur(write, read, sparse):
    path = write("t.jsonl", '{"i": 1}\n' * 150)

    with pytest.raises(UserError, match="has no column 'u', it has 'i'; "):
        read(path, ["u"], sparse=sparse)


def test_integers_and_floats_stay_apart(write, read):
    (row,) = read(write("t.jsonl", '{"u": 1, "i": 1.0}'), ["u", "i"])

    assert [type(one) for one in row.values.values()] == [int, float]


def test_bytes_that_are_no_utf8_are_seen_as_such(write, read, plain):
    data = b'{"u": "ok"}\n{"u": "caf\xe9"}\n'

    assert plain(read(write("t.jsonl", data), ["u"])) == [
        (1, "ok"),
        (2, "caf\udce9"),
    ]


def test_a_gzip_file_that_was_cut(write, read, plain, tmp_path):
    lines = [f'{{"u": {one * 7919 % 100_003}}}' for one in range(20_000)]
    whole = write("t.jsonl.gz", "\n".join(lines))
    with open(whole, "rb") as file:
        packed = file.read()
    cut = tmp_path / "t.jsonl.gz"
    cut.write_bytes(packed[: len(packed) // 2])

    *rows, last = plain(read(str(cut), ["u"]))

    assert rows == plain(read(whole, ["u"]))[: len(rows)]
    assert len(rows) > 1000
    assert last == (len(rows) + 1, CUT_SHORT)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "holds no rows; add rows to it"),
        (b"\n \n", "holds no rows; add rows to it"),
        (
            b'{"who": 1}\n{"i": 2}\n',
            "has no column 'u', it has 'who', 'i'; correct it with --the_flag",
        ),
        (
            b'[\n  {\n    "u": 1\n  }\n]\n',
            "cannot be read: row 1 is not a JSON object on a single line: ",
        ),
        (
            b'[{"u": 1}, {"u": 2}]',
            "cannot be read: row 1 is not a JSON object on a single line: it "
            "holds a list, expected an object",
        ),
        (
            '{"u": 1}'.encode("utf-16")[:-1],
            "cannot be read: row 1 is not a JSON object on a single line: unr",
        ),
    ],
)
def test_what_is_no_table(write, read, data, sentence):
    path = write("t.jsonl", data)

    with pytest.raises(UserError) as caught:
        read(path, ["u"])

    assert str(caught.value).startswith(f"{path} {sentence}")


def test_a_gzip_file_that_was_cut_at_once(tmp_path, write, read):
    with open(write("t.jsonl.gz", '{"u": 1}\n' * 9), "rb") as file:
        packed = file.read()
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(packed[:-4])

    with pytest.raises(UserError, match="cannot be read: .* ended before"):
        read(str(path), ["u"])


@no_deadline
@given(data=st.binary(max_size=60) | HOSTILE.map(str.encode))
def test_any_bytes(write, read, plain, data):
    path = write("any.jsonl", b'{"u": 0}\n' + data)

    rows = plain(read(path, ["u"]))

    text = data.decode("utf-8", "surrogateescape")
    lines = text.replace("\r", "\n").split("\n")
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 1 + sum(bool(one.strip()) for one in lines)


@no_deadline
@given(data=st.binary(max_size=60))
@pytest.mark.parametrize("name", ["any.jsonl", "any.jsonl.gz"])
def test_any_bytes_as_a_whole_file(write, read, name, data):
    with pytest.raises(UserError):
        read(write(name, data), ["u"])


@no_deadline
@given(rows=ROWS, ensure_ascii=st.booleans())
def test_what_is_read_is_what_was_written(
    write, read, plain, rows, ensure_ascii
):
    lines = [json.dumps(row, ensure_ascii=ensure_ascii) for row in rows]
    path = write("round.jsonl", "\n".join(lines))

    assert plain(read(path, ["u", "i"])) == [
        (number, row["u"], row["i"]) for number, row in enumerate(rows, 1)
    ]
