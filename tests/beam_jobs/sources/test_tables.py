"""Tables of any kind arrive under the names of the interface."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from atelier.io.errors import UserError
from beam_jobs.prepare.rejections import id_problem
from beam_jobs.sources.tables import Tables
from beam_jobs.tables.row import BadRow


@pytest.fixture
def one_table(tmp_path):
    """One Parquet table that is all three, in two row groups."""
    path = tmp_path / "all.parquet"
    table = pa.table(
        {
            "user_id": [1, 2, 1],
            "item_id": ["a", "a", "b"],
            "photo": [b"one", b"one", None],
        }
    )
    pq.write_table(table, path, row_group_size=2)
    return path


def test_three_tables(tmp_path, opened, rows_of):
    (tmp_path / "log.csv").write_text(
        "who;what;when;much\nann;a;2020-01-02;3\n"
    )
    (tmp_path / "items.jsonl").write_text(
        '{"what": "a", "kind": null, "colour": "red", "cut": 3}\n{"what": "b"}'
    )
    pq.write_table(
        pa.table({"what": ["a"], "file": ["a.jpg"]}), tmp_path / "p.parquet"
    )
    source = opened(
        Tables,
        f"--interactions={tmp_path}/log.csv",
        f"--items={tmp_path}/items.jsonl",
        f"--photos={tmp_path}/p.parquet",
        "--user_column=who",
        "--item_column=what",
        "--time_column=when",
        "--weight_column=much",
        "--category_column=kind",
        "--attribute_columns=colour,cut",
        "--photo_column=file",
        "--delimiter=;",
    )

    ((_, interaction),) = rows_of(source, "interactions")
    assert interaction == {
        "user_id": "ann",
        "item_id": "a",
        "time": "2020-01-02",
        "weight": "3",
        "attributes": {},
    }
    assert [values for _, values in rows_of(source, "items")] == [
        {
            "item_id": "a",
            "category": None,
            "attributes": {"colour": "red", "cut": 3},
        },
        {
            "item_id": "b",
            "category": None,
            "attributes": {"colour": None, "cut": None},
        },
    ]
    ((_, photo),) = rows_of(source, "photos")
    assert photo == {"item_id": "a", "photo": "a.jpg", "attributes": {}}
    assert source.photo_root == str(tmp_path)
    assert source.interactions_hold == ()
    assert source.has_times


def test_one_table_with_photos_inside(one_table, opened, rows_of, photos_of):
    source = opened(Tables, f"--interactions={one_table}")

    assert source.photo_root is None
    assert source.interactions_hold == ("items", "photos")
    assert not source.has_times
    assert len(source.chunks("photos")) == 2
    assert [
        (number, values["user_id"], values["item_id"])
        for number, values in rows_of(source, "interactions")
    ] == [(1, 1, "a"), (2, 2, "a"), (3, 1, "b")]
    for table in ("items", "photos"):
        rows = rows_of(source, table)
        assert [(one, row["item_id"]) for one, row in rows] == [
            (1, "a"),
            (2, "a"),
            (3, "b"),
        ]
        assert not any("photo" in row for _, row in rows)
    assert photos_of(source) == [(1, b"one"), (2, b"one"), (3, None)]


def test_masks_beside_photos(tmp_path, opened):
    table = {"user_id": [1], "item_id": ["a"], "photo": [b"one"]}
    path = tmp_path / "all.parquet"
    pq.write_table(pa.table({**table, "mask": [b"m"], "text": ["m"]}), path)

    source = opened(Tables, f"--interactions={path}", "--mask_column=mask")

    assert source.has_masks
    ((address, mask),) = source.read_masks(source.chunks("photos")[0])
    assert (address[1], mask) == (1, b"m")
    with pytest.raises(UserError, match="--mask_column 'text' .* string; "):
        opened(Tables, f"--interactions={path}", "--mask_column=text")


def test_items_default_to_interactions_and_photos_to_items(
    tmp_path, one_table, opened
):
    (tmp_path / "log.csv").write_text("user_id,item_id\n1,a\n")

    source = opened(
        Tables, f"--interactions={tmp_path}/log.csv", f"--items={one_table}"
    )

    assert source.interactions_hold == ()
    assert [one.path for one in source.chunks("photos")] == [str(one_table)] * 2


def test_a_photo_root_of_its_own(tmp_path, opened):
    (tmp_path / "t.csv").write_text("user_id,item_id,photo\n1,a,a.jpg\n")

    source = opened(
        Tables, f"--interactions={tmp_path}/t.csv", "--photo_root=gs://b/p"
    )

    assert source.photo_root == "gs://b/p"


def test_dates_of_parquet_stay_dates(tmp_path, opened, rows_of):
    day = datetime.date(2020, 1, 2)
    pq.write_table(
        pa.table(
            {"user_id": ["1"], "item_id": ["a"], "t": [day], "photo": ["p"]}
        ),
        tmp_path / "t.parquet",
    )
    source = opened(
        Tables, f"--interactions={tmp_path}/t.parquet", "--time_column=t"
    )

    ((_, row),) = rows_of(source, "interactions")
    assert row["time"] == day


@pytest.fixture
def csv_table(tmp_path, opened, rows_of):
    """Reads a CSV table of interactions: [values of each row]."""

    def read(text, *flags, table="interactions"):
        (tmp_path / "t.csv").write_text(text)
        source = opened(Tables, f"--interactions={tmp_path}/t.csv", *flags)
        return [values for _, values in rows_of(source, table)]

    return read


@pytest.mark.parametrize(
    "null", ["\\N", "NULL", "NaN", "N/A", "#N/A", "None", " ", "NULL  "]
)
def test_null_values(csv_table, null):
    text = f"user_id,item_id,photo,t,w\n{null},a,{null},{null},{null}\n"

    (row,) = csv_table(text, "--time_column=t", "--weight_column=w")
    (photo,) = csv_table(text, table="photos")

    assert (row["user_id"], row["time"], row["weight"]) == (None, None, None)
    assert (photo["item_id"], photo["photo"]) == ("a", None)


def test_other_null_values(csv_table):
    text = "user_id,item_id,photo\nNULL,?,p\n"

    (row,) = csv_table(text, "--null_values=?,-")

    assert (row["user_id"], row["item_id"]) == ("NULL", None)


def test_names_with_blanks_and_commas(csv_table):
    text = 'user_id,item_id,photo,brand,"Price, EUR"\nu,i,p,b,9\n'

    (row,) = csv_table(
        text, '--attribute_columns=brand, "Price, EUR"', table="items"
    )

    assert row["attributes"] == {"brand": "b", "Price, EUR": "9"}


def test_product_data(csv_table):
    text = "user_id,item_id,photo,t,d,p,u,g\nu,i,p,Coat,Warm.,9.5,/i,7\n"

    (row,) = csv_table(
        text,
        "--title_column=t",
        "--description_column=d",
        "--price_column=p",
        "--url_column=u",
        "--group_column=g",
        table="items",
    )

    assert row == {
        "item_id": "i",
        "title": "Coat",
        "description": "Warm.",
        "price": "9.5",
        "url": "/i",
        "group_id": "7",
        "attributes": {},
    }


@pytest.mark.parametrize(
    ("flags", "has_note"), [([], True), (["--quantity_column=Qty"], False)]
)
def test_a_note_on_returns(tmp_path, opened, flags, has_note):
    text = "user_id,item_id,photo,Qty\nu,i,p,2\nu,i,p,-1\n"
    (tmp_path / "t.csv").write_text(text)

    source = opened(Tables, f"--interactions={tmp_path}/t.csv", *flags)

    notes = [one for one in source.notes if "--quantity_column=Qty" in one]
    assert bool(notes) == has_note


def test_bad_rows_are_handed_on(tmp_path, opened):
    (tmp_path / "t.csv").write_text("user_id,item_id,photo\n1,a,p,?\n2,b,p\n")
    source = opened(Tables, f"--interactions={tmp_path}/t.csv")

    for table in ("interactions", "items", "photos"):
        (chunk,) = source.chunks(table)
        bad, good = source.read(table, chunk)
        assert isinstance(bad, BadRow)
        assert bad.address == (f"{tmp_path}/t.csv", 1)
        assert good.values["item_id"] == "b"


@pytest.mark.parametrize("kind", [pa.bool_(), pa.date32()])
@pytest.mark.parametrize("column", ["user_id", "item_id"])
def test_ids_that_are_neither_text_nor_numbers(tmp_path, opened, kind, column):
    columns = {"user_id": ["1"], "item_id": ["1"], "photo": ["1"]}
    columns[column] = pa.array([None], kind)
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")

    with pytest.raises(UserError) as caught:
        opened(Tables, f"--interactions={tmp_path}/t.parquet")

    assert str(caught.value) == (
        f"column {column!r} of {tmp_path}/t.parquet holds {kind}; ids are "
        "strings or integers; convert the column"
    )


@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.binary(), pa.dictionary(pa.int8(), pa.string())],
)
def test_ids_of_any_kind_of_text(tmp_path, opened, rows_of, kind):
    ids = pa.array([b"a" if pa.types.is_binary(kind) else "a"], kind)
    pq.write_table(
        pa.table({"user_id": ids, "item_id": ids, "photo": ["p"]}),
        tmp_path / "t.parquet",
    )

    source = opened(Tables, f"--interactions={tmp_path}/t.parquet")

    ((_, row),) = rows_of(source, "interactions")
    assert (row["user_id"], row["item_id"]) == ("a", "a")


@pytest.mark.parametrize("kind", [pa.float64(), pa.decimal128(38, 10)])
def test_ids_without_a_fraction(tmp_path, opened, rows_of, kind):
    """As pandas holds integers with gaps, and Spark Oracle's numbers."""
    ids = [decimal.Decimal(one) for one in ("17", "1.5", "9007199254740993")]
    if kind == pa.float64():
        ids = list(map(float, ids))
    table = {"user_id": pa.array([*ids, None], kind), "item_id": list("abcd")}
    pq.write_table(
        pa.table({**table, "photo": ["p"] * 4}), tmp_path / "t.parquet"
    )

    source = opened(Tables, f"--interactions={tmp_path}/t.parquet")

    found = [row["user_id"] for _, row in rows_of(source, "interactions")]
    whole, fraction, large, missing = found
    assert isinstance(whole, int)
    assert (whole, missing) == (17, None)
    for value in (fraction, *([large] if kind == pa.float64() else [])):
        assert "ids are strings or integers" in id_problem("user_id", value)
    if kind != pa.float64():
        assert large == 2**53 + 1


def test_photos_that_are_none(tmp_path, opened):
    pq.write_table(
        pa.table({"user_id": ["1"], "item_id": ["1"], "photo": [1]}),
        tmp_path / "t.parquet",
    )

    with pytest.raises(UserError, match="holds int64; images are bytes, or st"):
        opened(Tables, f"--interactions={tmp_path}/t.parquet")


@pytest.mark.parametrize(
    ("flag", "column"),
    [
        ("user_column", "user_id"),
        ("item_column", "item_id"),
        ("photo_column", "photo"),
        ("time_column", "x"),
        ("weight_column", "x"),
        ("category_column", "x"),
        ("price_column", "x"),
        ("attribute_columns", "x"),
    ],
)
def test_the_flag_of_a_missing_column_is_named(tmp_path, opened, flag, column):
    columns = {"user_id", "item_id", "photo"} - {column}
    line = ",".join(sorted(columns))
    (tmp_path / "t.csv").write_text(f"{line}\n{line}\n")
    flags = [f"--{flag}={column}"]

    with pytest.raises(UserError) as caught:
        opened(Tables, f"--interactions={tmp_path}/t.csv", *flags)

    assert f"has no column {column!r}, it has " in str(caught.value)
    assert f"correct it with --{flag}" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind"), [([b"a"], "binary"), ([["a"]], "list<.*>")]
)
@pytest.mark.parametrize("flag", ["attribute_columns", "title_column"])
def test_texts_that_are_no_words(tmp_path, opened, values, kind, flag):
    table = {"user_id": ["u"], "item_id": ["i"], "photo": ["p"], "odd": values}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")

    with pytest.raises(
        UserError, match=f"'odd' of .* holds {kind}, not text.* --{flag}"
    ):
        opened(
            Tables,
            f"--interactions={tmp_path}/t.parquet",
            f"--{flag}=odd",
        )


def test_a_photo_root_where_photos_lie_inside(one_table, tmp_path, opened):
    with pytest.raises(
        UserError, match="--photo_root has no effect if column "
    ):
        opened(
            Tables, f"--interactions={one_table}", f"--photo_root={tmp_path}"
        )
