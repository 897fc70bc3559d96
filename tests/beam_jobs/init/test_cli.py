"""`init` on the exports of shops, and what `prepare` makes of its file."""

import os
import pathlib
import re

import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.init import cli
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.pseudonyms import pseudonym
from tests.fixtures import exports

EXPECTED = {
    "shopify": {
        "interactions": "shopify/orders_export.csv",
        "user_column": "Email",
        "email_users": "hash",
        "item_column": "Lineitem sku",
        "time_column": "Created at",
        "type_column": "Financial Status",
        "type_weights": "paid=1",
        "order_column": "Name",
        "items": "shopify/products_export.csv",
        "items_item_column": "Variant SKU",
        "title_column": "Title",
        "description_column": "Body (HTML)",
        "category_column": "Type",
        "price_column": "Variant Price",
        "option_columns": "Option1 Name=Option1 Value",
        "group_column": "Handle",
        "fill_from_group": True,
        "variant_photo_column": "Variant Image",
        "merge_variants": True,
        "photo_column": "Image Src",
        "data_dir": "runs/shopify/data",
    },
    "woocommerce": {
        "interactions": "woocommerce/orders.csv",
        "user_column": "Email (Billing)",
        "email_users": "hash",
        "item_column": "SKU",
        "time_column": "Order Date",
        "time_format": "%d.%m.%Y %H:%M",
        "type_column": "Order Status",
        "type_weights": "Completed=1",
        "quantity_column": "Quantity (- Refund)",
        "items": "woocommerce/wc-product-export.csv",
        "title_column": "Name",
        "description_column": "Description",
        "category_column": "Categories",
        "price_column": "Regular price",
        "option_columns": "Attribute 1 name=Attribute 1 value(s)",
        "group_column": "Parent",
        "fill_from_group": True,
        "merge_variants": True,
        "photo_column": "Images",
        "data_dir": "runs/woocommerce/data",
    },
    "bigquery": {
        "interactions": "bigquery/events.ndjson",
        "user_column": "user_pseudo_id",
        "item_column": "items.item_id",
        "time_column": "event_timestamp",
        "type_column": "event_name",
        "type_weights": "view_item=1,purchase=5",
        "owned_weight": 5,
        "title_column": "items.item_name",
        "category_column": "items.item_category",
        "price_column": "items.price",
        "photos": "bigquery/photos",
        "data_dir": "runs/bigquery/data",
    },
    "bigquery-flat": {
        "interactions": "bigquery-flat/events.parquet",
        "user_column": "user_pseudo_id",
        "item_column": "item_id",
        "time_column": "event_timestamp",
        "type_column": "event_name",
        "type_weights": "view_item=1,purchase=5",
        "owned_weight": 5,
        "title_column": "item_name",
        "category_column": "item_category",
        "price_column": "price",
        "photos": "bigquery-flat/photos",
        "data_dir": "runs/bigquery-flat/data",
    },
    "plain": {
        "interactions": "plain/orders.csv",
        "user_column": "customer",
        "item_column": "product_sku",
        "time_column": "when",
        "time_format": "%m/%d/%Y",
        "items": "plain/products.csv",
        "items_item_column": "sku",
        "title_column": "name",
        "price_column": "price",
        "attribute_columns": "colour",
        "photos": "plain/photos.tsv",
        "photos_item_column": "product",
        "photo_column": "file",
        "photo_root": "plain/pictures",
        "data_dir": "runs/plain/data",
    },
}


EXPECTED["shopify-names"] = {
    **{
        name: value.replace("shopify", "shopify-names")
        if isinstance(value, str)
        else value
        for name, value in EXPECTED["shopify"].items()
        if name != "items_item_column"
    },
    "item_column": "Lineitem name",
    "item_name_columns": "Title,Option1 Value",
}


EXPECTED["bigquery-parquet"] = {
    **EXPECTED["bigquery"],
    "interactions": "bigquery-parquet/events.parquet",
    "photos": "bigquery-parquet/photos",
    "data_dir": "runs/bigquery-parquet/data",
}


@pytest.mark.parametrize("name", exports.EXPORTS)
def test_the_flags_of_an_export(guessed, name):
    values, _, _ = guessed[name]

    assert values == EXPECTED[name]


def test_the_file_has_evidence_and_alternatives(guessed):
    text = guessed["plain"][1]

    assert (
        "# 100% of its values are in plain/products.csv, column sku\n"
        "item_column: product_sku\n"
    ) in text
    assert "#weight_column: qty\n" in text
    assert "#user_column: user_id\n" in guessed["bigquery"][1]


def test_the_last_lines_say_what_is_unsure_and_next(guessed):
    _, _, said = guessed["woocommerce"]
    lines = said.splitlines()

    assert lines[0] == (
        "woocommerce/orders.csv: interactions, 169 rows, users in "
        "'Email (Billing)', items in 'SKU'"
    )
    assert any(
        "10 rows whose Order Status is Cancelled" in one for one in lines
    )
    assert any("may be read from 127.0.0.1" in one for one in lines)
    assert lines[-1].endswith(
        "next: python -m beam_jobs.prepare --config woocommerce.yaml"
    )


@pytest.fixture(scope="session")
def prepared_shops(shops, guessed, init, build_once):
    """Data sets of the exports whose photos are files."""

    def build(folder):
        os.symlink(shops / "plain", folder / "plain")
        os.symlink(shops / "bigquery", folder / "bigquery")
        (folder / "names").mkdir()
        exports.shopify(folder / "names", "photos", has_skus=False)
        exports.write_photos(folder / "names" / "photos")
        for path in (folder / "names").glob("*.csv"):
            text = re.sub(r"\?v=\d+", "", path.read_text("utf-8"))
            path.write_text(text, "utf-16")
        for name in ("plain", "bigquery", "names"):
            config = folder / f"{name}.yaml"
            text = (
                guessed[name][1] if name in guessed else init(folder, name)[1]
            )
            config.write_text(text, "utf-8")
            before = pathlib.Path.cwd()
            os.chdir(folder)
            try:
                prepare.main(
                    [f"--config={config}", "--image_size=32", "--min_shards=1"]
                )
            finally:
                os.chdir(before)

    return build_once("prepared_shops", build)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rejected"), [("plain", {}), ("bigquery", {"interactions": 169})]
)
def test_prepare_reads_the_file(prepared_shops, name, rejected):
    manifest = Manifest.read(str(prepared_shops / "runs" / name / "data"))

    assert manifest.counts["users"] == exports.CUSTOMERS
    assert manifest.counts["items"] == exports.PRODUCTS
    assert {
        table: sum(reasons.values())
        for table, reasons in manifest.rejected.items()
    } == rejected


@pytest.mark.slow
def test_a_shop_without_skus_in_utf16(prepared_shops):
    """Items have names, their sizes are one, and no address is stored."""
    data_dir = prepared_shops / "runs" / "names" / "data"
    manifest = Manifest.read(str(data_dir))

    items = read_vocabulary(paths.vocabulary(str(data_dir), "items"))
    users = read_vocabulary(paths.vocabulary(str(data_dir), "users"))

    assert items == sorted(
        exports.variant_name(product)
        for product in range(0, exports.PRODUCTS, 2)
    )
    assert manifest.rejected["items"] == {
        "further_row_of_item": 12, "variant_of_item": 12
    }  # fmt: skip
    assert pseudonym("customer7@example.com") in users
    assert not any(
        b"@example" in path.read_bytes()
        for path in data_dir.rglob("*")
        if path.is_file()
    )


def test_an_existing_file_is_kept(shops, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.yaml").write_text("mine")

    with pytest.raises(
        UserError, match="plain.yaml exists; give another --out"
    ):
        cli.main([f"{shops}/plain"])

    assert (tmp_path / "plain.yaml").read_text() == "mine"
    cli.main([f"{shops}/plain", "--if_exists=overwrite"])
    assert "user_column: customer\n" in (tmp_path / "plain.yaml").read_text()


def test_paths_start_from_the_folder_of_the_file(shops, tmp_path, monkeypatch):
    monkeypatch.chdir(shops)
    out = tmp_path / "conf" / "shop.yaml"
    out.parent.mkdir()

    cli.main(["plain/", f"--out={out}"])

    options, _ = parse_flags([f"--config={out}"])
    assert os.path.samefile(
        options.of_source.interactions, shops / "plain" / "orders.csv"
    )
    assert os.path.samefile(
        options.of_source.photo_root, shops / "plain" / "pictures"
    )
    assert os.path.realpath(options.data_dir) == os.path.realpath(
        "runs/plain/data"
    )


@pytest.mark.parametrize(
    ("files", "sentences"),
    [
        ({}, ["holds no table that can be read"]),
        (
            {"a.csv": "colour,size\nred,S\nblue,M\n"},
            ["has no column with the users", "has no column with the items"],
        ),
        (
            {"a.csv": "customer,sku\na,x\nb,y\nc,z\n"},
            ["has no photos of the items", "named after the values of 'sku'"],
        ),
        ({"a.csv": 'u,"i\na,b\n'}, ["a.csv cannot be read: its header is"]),
        (
            {"a.csv": "sku,name\nx,1\n", "b.json": "[\n{},\n{}\n]\n"},
            ["has no column with the users", "b.json cannot be read: row 1"],
        ),
        (
            {"a.csv": "user,sku,sku\na,x,x\n"},
            ["no column with the items", "a.csv has 2 columns 'sku'; rename"],
        ),
        ({"a.xlsx": "PK"}, ["a.xlsx is not read: save each of its sheets"]),
        ({"a.TXT.gz": "PK"}, ["a.TXT.gz is not read: rename it to .csv"]),
        (
            {"a.json": b'{"user": "Gr\xfcn"}\n'},
            ["a.json is not UTF-8: it holds 'Gr\ufffdn'; save it as UTF-8. "],
        ),
        (  # Shopify without SKUs; the users are no items.
            {
                "a.csv": "email,Lineitem sku,Lineitem name\na,,x\nb,,y\nc,,z\n",
                "b.csv": "email,Tags,First name\na,1,A\nb,2,B\nc,3,C\n",
            },
            ["Column 'Lineitem sku' of shop/a.csv has no values: give the"],
        ),
        (
            {"a.csv": "customer,sku\na,x\nb,y\nc,z\n", "b.xlsx": "PK"},
            ["b.xlsx is not read", "'sku' in shop/a.csv; add them, such as"],
        ),
    ],
)
def test_a_folder_without_all_of_it(tmp_path, monkeypatch, files, sentences):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    for name, text in files.items():
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "shop" / name).write_bytes(content)

    with pytest.raises(UserError) as caught:
        cli.main(["shop"])

    for sentence in sentences:
        assert sentence in str(caught.value)
    assert not (tmp_path / "shop.yaml").exists()


def test_what_is_no_folder():
    with pytest.raises(UserError, match="nowhere is not a folder; give the"):
        cli.main(["nowhere"])
