"""Tables of any kind arrive under the names of the interface."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from atelier.io.errors import UserError
from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.sources.tables import Tables
from beam_jobs.tables import blocks
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


def test_an_attribute_with_another_name_than_its_column(csv_table):
    text = "user_id,item_id,photo,Option2 Value\nu,i,p,Red\n"

    (row,) = csv_table(
        text, "--attribute_columns=Color=Option2 Value", table="items"
    )

    assert row["attributes"] == {"Color": "Red"}


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


def test_item_ids_have_a_column_in_each_table(tmp_path, opened, rows_of):
    (tmp_path / "log.csv").write_text("user_id,what\nu,a\n")
    (tmp_path / "items.csv").write_text("sku,title\na,Coat\n")
    (tmp_path / "photos.csv").write_text("ref,photo\na,a.jpg\n")

    source = opened(
        Tables,
        f"--interactions={tmp_path}/log.csv",
        f"--items={tmp_path}/items.csv",
        f"--photos={tmp_path}/photos.csv",
        "--item_column=what",
        "--items_item_column=sku",
        "--photos_item_column=ref",
    )

    for table in ("interactions", "items", "photos"):
        ((_, row),) = rows_of(source, table)
        assert row["item_id"] == "a"
    assert source.unused_columns == ("title",)


def test_the_photos_of_the_items_table_have_its_ids(tmp_path, opened, rows_of):
    (tmp_path / "log.csv").write_text("user_id,what\nu,a\n")
    (tmp_path / "items.csv").write_text("sku,photo\na,a.jpg\n")

    source = opened(
        Tables,
        f"--interactions={tmp_path}/log.csv",
        f"--items={tmp_path}/items.csv",
        "--item_column=what",
        "--items_item_column=sku",
    )

    ((_, row),) = rows_of(source, "photos")
    assert row["item_id"] == "a"


def test_all_missing_columns_are_told_at_once(tmp_path, opened):
    (tmp_path / "log.csv").write_text("Customer ID,SKU,when\nu,a,1\n")
    (tmp_path / "items.csv").write_text("sku,Image Src\na,a.jpg\n")

    with pytest.raises(UserError) as caught:
        opened(
            Tables,
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            "--item_column=sku",
            "--time_column=wen",
        )

    assert str(caught.value) == (
        f"{tmp_path}/log.csv has no columns 'user_id', 'sku', 'wen', it has "
        "'Customer ID', 'SKU', 'when'; correct them with "
        "--user_column='Customer ID', --item_column=SKU, --time_column=when; "
        f"{tmp_path}/items.csv has no column 'photo', it has 'sku', "
        "'Image Src'; correct it with --photo_column='Image Src'"
    )


def test_types_have_weights(tmp_path, opened, rows_of):
    lines = ("user_id,item_id,photo,event", "u,a,p,buy", "u,b,p,view", "u,c,p,")
    (tmp_path / "t.csv").write_text("\n".join(lines))

    source = opened(
        Tables,
        f"--interactions={tmp_path}/t.csv",
        "--type_column=event",
        "--type_weights=buy=5,cart=2.5",
    )

    assert source.has_weights
    (_, bought), *others = rows_of(source, "interactions")
    assert bought["weight"] == 5
    assert others == [
        (2, "the type 'view' has no weight"),
        (3, "the type 'None' has no weight"),
    ]
    assert len(rows_of(source, "items")) == 3


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ["--type_column=w"],
            "--type_column and --type_weights go toge",
        ),
        (["--type_weights=a=1"], "--type_column and --type_weights go toge"),
        (["--type_column=w", "--type_weights=a"], "pairs such as .* got 'a'"),
        (["--type_column=w", "--type_weights=a=inf"], "got 'a=inf'"),
        (
            ["--type_column=w", "--type_weights=a=1", "--weight_column=w"],
            "both set the weights; leave one out",
        ),
        (["--fill_from_group"], "--fill_from_group needs --group_column"),
        (["--merge_variants"], "--merge_variants needs --group_column"),
        (["--product_id_column=w"], "column needs --fill_from_group; give bo"),
        (["--variant_photo_column=w"], "needs --fill_from_group; give both"),
        (
            [
                *("--fill_from_group", "--group_column=w"),
                *("--variant_photo_column=photo", "--photos=p.csv"),
            ],
            "photos in the --items table, got --photos p.csv",
        ),
    ],
)
def test_flags_that_do_not_go_together(tmp_path, opened, flags, sentence):
    (tmp_path / "t.csv").write_text("user_id,item_id,photo,w\nu,i,p,a\n")

    with pytest.raises(UserError, match=sentence):
        opened(Tables, f"--interactions={tmp_path}/t.csv", *flags)


def test_rows_continue_an_order(tmp_path, opened, rows_of):
    lines = (
        *("user_id,item_id,photo,t,order", "u,a,p,2021,1", ",b,p,,1"),
        *(",c,p,,2", ",d,p,,"),
    )
    (tmp_path / "t.csv").write_text("\n".join(lines))

    source = opened(
        Tables,
        f"--interactions={tmp_path}/t.csv",
        "--time_column=t",
        "--order_column=order",
    )

    assert [
        (row["item_id"], row["user_id"], row["time"])
        for _, row in rows_of(source, "interactions")
    ] == [
        ("a", "u", "2021"),
        ("b", "u", "2021"),
        ("c", None, None),
        ("d", None, None),
    ]


def test_variants_take_the_values_of_their_product(tmp_path, opened, rows_of):
    lines = (
        *("sku,handle,title,color,photo", "a,h,Coat,red,a.jpg", "b,h,,blue,"),
        *(",h,,,back.jpg", "c,,Hat,,c.jpg", "d,c,,,"),
    )
    (tmp_path / "items.csv").write_text("\n".join(lines))
    (tmp_path / "log.csv").write_text("user_id,sku\nu,a\n")

    source = opened(
        Tables,
        f"--interactions={tmp_path}/log.csv",
        f"--items={tmp_path}/items.csv",
        "--item_column=sku",
        "--group_column=handle",
        "--title_column=title",
        "--attribute_columns=color",
        "--fill_from_group",
    )

    assert [
        (row["item_id"], row["title"], row["attributes"]["color"])
        for _, row in rows_of(source, "items")
    ] == [
        ("a", "Coat", "red"),
        ("b", "Coat", "blue"),
        ("a", "Coat", "red"),
        ("c", "Hat", None),
        ("d", "Hat", None),
    ]
    assert [
        (row["item_id"], row["photo"]) for _, row in rows_of(source, "photos")
    ] == [
        ("a", "a.jpg"),
        ("b", "a.jpg"),
        ("a", "back.jpg"),
        ("c", "c.jpg"),
        ("d", "c.jpg"),
    ]


@pytest.fixture
def opened_items(tmp_path, opened):
    """Opens lines of an items table whose rows are filled from their group."""

    def open_items(*lines, flags):
        (tmp_path / "items.csv").write_text("\n".join(lines))
        (tmp_path / "log.csv").write_text("user_id,sku\nu,a\n")
        return opened(
            Tables,
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            *("--item_column=sku", "--group_column=group"),
            *("--title_column=title", "--fill_from_group"),
            *flags,
        )

    return open_items


def test_products_that_have_no_item_id(opened_items, rows_of):
    """As in WooCommerce; 7 is the id of one product and the SKU of another."""
    source = opened_items(
        "id,sku,group,title,photo",
        *("7,,,Coat,7.jpg", "8,a,id:7,,a.jpg", "9,b,id:7,,"),
        *("10,7,,Hat,hat.jpg", "11,c,7,,"),
        flags=["--product_id_column=id"],
    )

    without_id = (1, "the product has no item id, its variants have")
    assert rows_of(source, "items")[0] == without_id
    assert [
        (row["item_id"], row["title"])
        for _, row in rows_of(source, "items")[1:]
    ] == [("a", "Coat"), ("b", "Coat"), ("7", "Hat"), ("c", "Hat")]
    first, *others = rows_of(source, "photos")
    assert first == without_id
    assert [row["photo"] for _, row in others] == [
        *("a.jpg", "7.jpg", "hat.jpg", "hat.jpg"),
    ]


def test_pictures_of_a_product_beside_its_variants(opened_items, rows_of):
    """As in Shopify: row 2 has the second size and the second picture."""
    source = opened_items(
        "sku,group,title,photo,variant",
        *("a,h,Coat,front.jpg,", "b,h,,back.jpg,", "c,h,,,red.jpg"),
        *(",h,,side.jpg,", "d,i,Hat,hat.jpg,blue.jpg", "e,i,,,"),
        flags=["--variant_photo_column=variant"],
    )

    assert [
        (row["item_id"], row["photo"]) for _, row in rows_of(source, "photos")
    ] == [
        *(("a", "front.jpg"), ("b", "front.jpg"), ("c", "red.jpg")),
        *(("a", "front.jpg"), ("d", "blue.jpg"), ("e", "hat.jpg")),
    ]


@pytest.mark.parametrize(
    "flags",
    [
        ["--fill_from_group", "--group_column=user_id"],
        ["--order_column=user_id"],
    ],
)
def test_rows_that_complete_others_are_read_in_one_piece(
    one_table, opened, flags
):
    with pytest.raises(
        UserError, match="has several row groups; write it"
    ) as caught:
        opened(Tables, f"--interactions={one_table}", *flags)

    assert str(caught.value).startswith(flags[0].partition("=")[0])


def test_files_in_blocks_have_rows_of_their_own(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 30)
    text = "user_id,item_id,photo,order,product\n" + "u,i,p,1,2\n" * 3
    (tmp_path / "t.csv").write_text(text)

    def divided(*flags):
        source = opened(Tables, f"--interactions={tmp_path}/t.csv", *flags)
        return [
            table
            for table in ("interactions", "items", "photos")
            if source.blocks(table, *source.chunks(table))
        ]

    assert divided() == ["interactions", "items", "photos"]
    assert divided("--order_column=order") == ["items", "photos"]
    flags = ["--fill_from_group", "--group_column=product"]
    assert divided(*flags) == ["interactions"]


def test_a_folder_of_photos(tmp_path, opened, rows_of):
    (tmp_path / "log.csv").write_text("user_id,item_id\nu,a\n")
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for name in ("a.jpg", "more/b.PNG", "notes.txt"):
        (tmp_path / "photos" / name).touch()
    flags = [
        f"--interactions={tmp_path}/log.csv",
        f"--photos={tmp_path}/photos",
    ]

    source = opened(Tables, *flags)

    assert source.photo_root == f"{tmp_path}/photos"
    assert [row for _, row in rows_of(source, "photos")] == [
        {"item_id": "a", "photo": "a.jpg"},
        {"item_id": "b", "photo": "more/b.PNG"},
    ]
    for flag in (f"--photo_root={tmp_path}", "--mask_column=m"):
        with pytest.raises(UserError, match="is a folder of images; leave it"):
            opened(Tables, *flags, flag)


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
