"""Tables of boosts: what is read, and what one sentence rejects."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.io.errors import UserError
from export.availability.read_boosts import MAX_BOOST
from export.availability.read_boosts import parse_boosts
from export.availability.read_boosts import read_boost_table
from export.index.boosts import Boost

TABLE = (
    "item_id,boost,note\na,pin,x\nb, 0.5 ,\nc,,\nd,Bury,\n,,\ne,PIN,\nf,-2,\n"
)
EXPECTED = [
    (1, "a", Boost(rank=5)),
    (2, "b", Boost(0.5)),
    (4, "d", Boost(rank=-1)),
    (6, "e", Boost(rank=2)),
    (7, "f", Boost(-2.0)),
]


def test_a_csv_table(tmp_path):
    (tmp_path / "Boosts.CSV").write_text(TABLE, encoding="utf-8-sig")
    assert read_boost_table(f"{tmp_path}/Boosts.CSV") == EXPECTED


def test_ids_like_formulas_lose_the_apostrophe_of_the_studio(tmp_path):
    path = tmp_path / "boosts.csv"
    path.write_text("item_id,boost\n'=1+1,pin\n''-2,pin\n'a,pin\n-3,pin\n")
    rows = read_boost_table(str(path))
    assert [row.item_id for row in rows] == ["=1+1", "'-2", "'a", "-3"]


def test_a_parquet_table_of_other_columns(tmp_path):
    path = tmp_path / "boosts.parquet"
    table = pa.table({"sku": [1, 2, 3], "push": [0.5, None, -1.0]})
    pq.write_table(table, path)
    assert read_boost_table(str(path), "sku", "push") == [
        (1, "1", Boost(0.5)),
        (3, "3", Boost(-1.0)),
    ]


def test_a_table_without_rows_has_no_boosts(tmp_path):
    path = tmp_path / "none.csv"
    path.write_text("item_id,boost\n")
    assert read_boost_table(str(path)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item_id,boost\na,up\n", "row 1: a boost is a number such as 0.5, pi"),
        ("item_id,boost\na,1\nb,1e9\n", "row 2: a boost is from -100 to 100, "),
        ("item_id,boost\na,nan\n", "row 1: a boost is from -100 to 100, got"),
        ("item_id,boost\na,-inf\n", "row 1: a boost is from -100 to 100, got"),
        ("item_id,boost\na,1\nb,2\na,pin\n", "row 3: 'a' is already in row 1"),
        ("item_id,boost\na,\n,pin\n", "row 2 has no item id; add it"),
        ("item_id,boost\na,'1\n", "row 1: a boost is a number such as 0.5"),
        ("item,boost\na,1\n", "has no column 'item_id'; .* with --item_column"),
        ("item_id\na\n", "has no column 'boost'; .* with --boost_column"),
        ("", "is empty; give a table with a header"),
        ('item_id,boost\n"a,1\n', "cannot be read: "),
    ],
)
def test_an_error_is_one_sentence_with_the_row(tmp_path, text, words):
    path = tmp_path / "boosts.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=f"--boosts {path}.*{words}"):
        read_boost_table(str(path))


def test_another_format_is_rejected(tmp_path):
    (tmp_path / "boosts.xlsx").write_text("")
    with pytest.raises(UserError, match="must end in .csv or .parquet; conver"):
        read_boost_table(f"{tmp_path}/boosts.xlsx")


@given(
    st.lists(
        st.tuples(
            st.text(max_size=2),
            st.sampled_from(["pin", "bury", "", "1", "-0.25"]) | st.text(),
        )
    )
)
def test_rows_are_read_or_rejected_by_their_number(rows):
    """Each accepted boost is finite, and pins rank in file order."""
    message = ""
    try:
        parsed = parse_boosts(rows)
    except UserError as error:
        message = str(error)
    if message:
        assert message.startswith("row ")
        return
    assert len({row.item_id for row in parsed}) == len(parsed)
    filled = [row for row in enumerate(rows, 1) if row[1][1].strip()]
    assert [(row.row, row.item_id) for row in parsed] == [
        (number, item_id) for number, (item_id, _) in filled
    ]
    pins = [row.boost.rank for row in parsed if row.boost.rank > 0]
    assert pins == sorted(set(pins), reverse=True)
    for row in parsed:
        assert math.isfinite(row.boost.amount)
        assert abs(row.boost.amount) <= MAX_BOOST
        assert not (row.boost.amount and row.boost.rank)
