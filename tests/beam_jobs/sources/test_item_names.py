"""Names of variants as item ids, as Shopify writes them in orders."""

import pytest

from atelier.io.errors import UserError
from beam_jobs.sources.item_names import name_items
from beam_jobs.sources.tables import Tables
from beam_jobs.tables.row import Row

HEADER = "Handle,Title,Option1 Value,Option2 Value,Image Src"


@pytest.fixture
def opened_names(tmp_path, opened):
    """Opens lines of a products table without SKUs."""

    def open_names(*lines, flags=()):
        (tmp_path / "items.csv").write_text("\n".join([HEADER, *lines]))
        (tmp_path / "log.csv").write_text("user_id,Lineitem name\nu,Hat\n")
        return opened(
            Tables,
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            "--item_column=Lineitem name",
            "--item_name_columns=Title,Option1 Value,Option2 Value",
            "--group_column=Handle",
            "--title_column=Title",
            "--photo_column=Image Src",
            *(flags or ["--fill_from_group"]),
        )

    return open_names


def test_titles_with_options(opened_names, rows_of):
    source = opened_names(
        "coat,Coat,S,Red,a.jpg",
        "coat,,M,Red,",
        "coat,,,,back.jpg",
        "hat,Hat,Default Title,,b.jpg",
    )

    for table in ("items", "photos"):
        assert [row["item_id"] for _, row in rows_of(source, table)] == [
            "Coat - S / Red",
            "Coat - M / Red",
            "Coat - S / Red",
            "Hat",
        ]
    assert {row["title"] for _, row in rows_of(source, "items")} == {
        "Coat",
        "Hat",
    }


def test_products_of_one_name_match_no_order(opened_names, rows_of):
    source = opened_names(
        "coat,Coat,S,,a.jpg", "coat-2,Coat,S,,b.jpg", "coat-2,,M,,"
    )

    assert [row["item_id"] for _, row in rows_of(source, "items")] == [
        "Coat - S (coat)",
        "Coat - S (coat-2)",
        "Coat - M",
    ]


def test_values_that_are_no_ids_are_left_as_they_are():
    rows = [
        Row(("items.json", place), {"item_id": title, "group_id": group})
        for place, (title, group) in enumerate(
            [(None, "cap"), (None, "hat"), (["Coat"], "coat"), ("Cap", {})]
        )
    ]

    assert list(name_items(rows)) == rows


def test_names_in_several_files_are_one_sentence(opened_names, tmp_path):
    (tmp_path / "items_2.csv").write_text(f"{HEADER}\ncoat-2,Coat,S,,b.jpg\n")
    with pytest.raises(UserError, match="has 2 files or parts; write it as"):
        opened_names(
            "coat,Coat,S,,a.jpg",
            flags=["--fill_from_group", f"--items={tmp_path}/items*.csv"],
        )


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ["--fill_from_group", "--item_name_columns="],
            "must be the names of columns",
        ),
        (
            ["--fill_from_group", "--photos_item_column=Handle"],
            "--photos_item_column both set the ids",
        ),
        (["--merge_variants"], "--item_name_columns needs --fill_from_group"),
        (
            ["--fill_from_group", "--items_item_column=Handle"],
            "both set the ids of items; leave one out",
        ),
    ],
)
def test_flags_that_do_not_fit(opened_names, flags, sentence):
    with pytest.raises(UserError, match=sentence):
        opened_names("hat,Hat,S,,b.jpg", flags=flags)


def test_a_missing_column_is_named(tmp_path, opened_names):
    with pytest.raises(UserError, match="no column 'Size'.*item_name_columns"):
        opened_names(
            "hat,Hat,S,,b.jpg",
            flags=["--fill_from_group", "--item_name_columns=Title,Size"],
        )
