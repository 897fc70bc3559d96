"""The H&M layout, on a few made rows."""

import pytest

from atelier.io.errors import UserError
from beam_jobs.sources.hm import HM
from beam_jobs.tables import blocks

ARTICLES = """\
article_id,product_code,prod_name,product_group_name,detail_desc
0000000001,0000000,"A top, long",Garment Upper body,"Soft
and warm."
0000000002,0000000,A shoe,Shoes,
"""
TRANSACTIONS = """\
t_dat,customer_id,article_id,price,sales_channel_id
2020-09-01,c0ffee,0000000001,0.05,2
2020-09-02,c0ffee,0000000002,0.01,1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "articles.csv").write_text(ARTICLES)
    (tmp_path / "transactions_train.csv").write_text(TRANSACTIONS)
    return tmp_path


def test_interactions(folder, opened, rows_of):
    rows = rows_of(opened(HM, f"--hm_dir={folder}"), "interactions")

    assert [
        (number, row["user_id"], row["item_id"], row["time"])
        for number, row in rows
    ] == [
        (1, "c0ffee", "0000000001", "2020-09-01"),
        (2, "c0ffee", "0000000002", "2020-09-02"),
    ]
    assert not any("weight" in row for _, row in rows)


def test_items(folder, opened, rows_of):
    source = opened(
        HM, f"--hm_dir={folder}", "--attribute_columns=product_code,prod_name"
    )

    assert rows_of(source, "items") == [
        (
            1,
            {
                "item_id": "0000000001",
                "category": "Garment Upper body",
                "title": "A top, long",
                "description": "Soft\nand warm.",
                "group_id": "0000000",
                "attributes": {
                    "product_code": "0000000",
                    "prod_name": "A top, long",
                },
            },
        ),
        (
            2,
            {
                "item_id": "0000000002",
                "category": "Shoes",
                "title": "A shoe",
                "description": None,
                "group_id": "0000000",
                "attributes": {
                    "product_code": "0000000",
                    "prod_name": "A shoe",
                },
            },
        ),
    ]


def test_photos_lie_where_kaggle_puts_them(folder, opened, rows_of):
    source = opened(HM, f"--hm_dir={folder}/")

    assert source.photo_root == f"{folder}/images"
    assert [row["photo"] for _, row in rows_of(source, "photos")] == [
        "000/0000000001.jpg",
        "000/0000000002.jpg",
    ]


def test_ids_that_lost_their_zero(folder, opened, rows_of):
    for name in ("articles.csv", "transactions_train.csv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("000000000", ""))
    source = opened(HM, f"--hm_dir={folder}/")

    for table in ("interactions", "items"):
        ids = [row["item_id"] for _, row in rows_of(source, table)]
        assert ids == ["0000000001", "0000000002"]
    assert rows_of(source, "photos")[0][1]["photo"] == "000/0000000001.jpg"


def test_another_category(folder, opened, rows_of):
    source = opened(HM, f"--hm_dir={folder}", "--category_column=prod_name")

    rows = rows_of(source, "items")
    assert [row["category"] for _, row in rows] == ["A top, long", "A shoe"]


def test_a_malformed_article_is_handed_on(folder, opened, rows_of):
    with open(folder / "articles.csv", "a") as file:
        file.write('"never closed,\n0000000003,0,x,Shoes,\n')
    source = opened(HM, f"--hm_dir={folder}")

    for table in ("items", "photos"):
        bad, good = rows_of(source, table)[2:]
        assert bad == (3, "invalid CSV: unexpected end of data")
        assert good[1]["item_id"] == "0000000003"


@pytest.mark.parametrize("name", ["articles.csv", "transactions_train.csv"])
def test_a_missing_file(folder, opened, name):
    (folder / name).unlink()

    with pytest.raises(UserError) as caught:
        opened(HM, f"--hm_dir={folder}")

    assert str(caught.value) == (
        f"{folder}/{name} matches no file; check the path"
    )


@pytest.mark.parametrize(
    ("name", "flags", "sentence"),
    [
        ("articles.csv", ["--category_column=x"], "with --category_column"),
        ("articles.csv", ["--title_column=x"], "with --title_column"),
        ("articles.csv", ["--attribute_columns=x"], "with --attribute_columns"),
    ],
)
def test_a_missing_column(folder, opened, name, flags, sentence):
    with pytest.raises(UserError) as caught:
        opened(HM, f"--hm_dir={folder}", *flags)

    assert str(caught.value).startswith(f"{folder}/{name} has no column 'x'")
    assert sentence in str(caught.value)


def test_a_file_of_another_layout(folder, opened):
    (folder / "transactions_train.csv").write_text("date,customer\n1,2\n")

    with pytest.raises(UserError, match="has no columns 'custom.* --hm_"):
        opened(HM, f"--hm_dir={folder}")


def test_large_files_are_read_in_blocks(folder, opened, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 64)
    source = opened(HM, f"--hm_dir={folder}")

    names = {"interactions": "transactions_train.csv", "items": "articles.csv"}
    for table, name in names.items():
        parts = source.blocks(table, *source.chunks(table))
        assert {part.path for part in parts} == {f"{folder}/{name}"}
        assert len(parts) > 1
