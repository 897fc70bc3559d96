"""Guesses by values where names say nothing, or the wrong thing."""

import pytest

from beam_jobs.tables.table import match_files
from tests.fixtures.exports import write_photos
from tests.fixtures.exports import write_rows


@pytest.fixture
def guess(tmp_path, init):
    """Writes tables, and photos of the products; returns what init says."""

    def guess(shop="shop", photos="photos", encoding="utf-8", **tables):
        folder = tmp_path / shop
        folder.mkdir()
        for name, rows in tables.items():
            write_rows(folder / f"{name}.csv", rows, encoding=encoding)
        write_photos(folder / photos)
        return init(tmp_path, shop)

    return guess


LOG = [(f"u{n % 7}", f"SKU-{n % 20:03d}", n % 3) for n in range(140)]
ITEMS = [(f"SKU-{n:03d}", n, f"Coat {n}") for n in range(24)]


def test_values_decide_over_names(guess):
    """A column named after products holds something else."""
    log = [(user, f"line {n}", sku) for n, (user, sku, _) in enumerate(LOG)]

    values, _, _ = guess(
        log=[("customer", "product_id", "what"), *log],
        items=[("reference", "id", "title"), *ITEMS],
    )

    assert (values["item_column"], values["items_item_column"]) == (
        "what",
        "reference",
    )


def test_users_without_a_usual_name_are_unsure(guess):
    values, text, said = guess(
        log=[("who", "sku", "n"), *LOG],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["user_column"] == "who"
    assert "unsure: whether 'who' holds the users" in said
    assert "# by its values only; 7 users, missing nowhere\n" in text


def test_the_order_of_day_and_month_is_unsure(guess):
    log = [
        (user, sku, f"0{1 + n % 9}/0{1 + n % 8}/2021")
        for n, (user, sku, _) in enumerate(LOG)
    ]

    values, text, said = guess(
        log=[("customer", "sku", "date"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["time_format"] == "%d/%m/%Y"
    assert '#time_format: "%m/%d/%Y"' in text
    assert "unsure: the format of 'date': %d/%m/%Y or %m/%d/%Y" in said


def test_days_of_a_spreadsheet_and_prices_by_their_values(guess):
    log = [(user, sku, 44256 + n) for n, (user, sku, _) in enumerate(LOG)]
    items = [(sku, n, f"{n}.900,00 €") for sku, n, _ in ITEMS]

    values, _, _ = guess(
        log=[("Kundennr", "Artikelnr", "Datum"), *log],
        items=[("Artikelnr", "n", "brutto"), *items],
    )

    assert values["user_column"] == "Kundennr"
    assert values["time_format"] == "spreadsheet"
    assert values["price_column"] == "brutto"


def test_times_that_nothing_reads_are_left_out(guess):
    log = [(user, sku, f"week {n}") for n, (user, sku, _) in enumerate(LOG)]

    values, _, said = guess(
        log=[("customer", "sku", "date"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert "time_column" not in values
    assert "no known format fits 'date', such as 'week 0'" in said


def test_limits_that_fit_the_data(guess):
    log = [
        (f"u{n // 4}", f"SKU-{n % 20:03d}" if n % 10 else "")
        for n in range(200)
    ]

    values, text, said = guess(
        log=[("customer", "sku"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["min_user_interactions"] == 3
    assert "only 0 of 50 users have 5 items or more" in text
    assert values["max_rejected"] == 0.15
    assert "rows that cannot be used: 10% have no item" in said


def test_items_without_an_id_count_as_rows_that_cannot_be_used(guess):
    items = [(sku if n % 4 else "", n, title) for sku, n, title in ITEMS]

    values, text, _ = guess(
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "n", "title"), *items],
    )

    assert "25% of the items have no id" in text
    assert values["max_rejected"] > 0.25


def test_tables_that_are_not_utf8(guess):
    items = [(sku, n, "Weiß") for sku, n, _ in ITEMS]

    values, text, said = guess(
        encoding="cp1252",
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "number", "Größe"), *items],
    )

    assert values["csv_encoding"] == "cp1252"
    assert "#csv_encoding: cp1250\n" in text
    assert "are these words right: Größe, Weiß? If not" in said


def test_signs_show_the_encoding_of_a_table_without_letters(guess):
    items = [(sku, n, f"{n},90 €") for sku, n, _ in ITEMS]

    _, _, said = guess(
        encoding="cp1252",
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "number", "price"), *items],
    )

    assert "are these words right: €? If not" in said


@pytest.mark.parametrize(
    "header",
    [
        ("Handle", "Title", "Variant SKU", "Image Src", "Variant Image"),
        (
            "URL handle",
            "Title",
            "SKU",
            "Product image URL",
            "Variant image URL",
        ),
    ],
    ids=["until 2025", "since 2025"],
)
def test_sizes_and_pictures_of_a_product(guess, header):
    """As in Shopify: the second size stands beside the second picture."""
    items = [
        row
        for sku, n, title in ITEMS
        for row in (
            (n, title, f"{sku}-S", f"https://a/{n}.jpg", ""),
            (n, "", f"{sku}-M", f"https://a/{n}_back.jpg", ""),
            (n, "", f"{sku}-X", "", f"https://a/{n}_red.jpg"),
        )
    ]
    log = [(user, f"{sku}-{'SMX'[n]}", n) for user, sku, n in LOG]

    values, _, said = guess(
        log=[("email", "Lineitem sku", "n"), *log],
        items=[header, *items],
    )

    assert values["group_column"] == header[0]
    assert values["photo_column"] == header[3]
    assert values["variant_photo_column"] == header[4]
    assert values["merge_variants"] is True
    assert "72 ids, such as sizes, have 48 photos; those with one" in said


def test_statuses_of_orders(guess):
    status = ("wc-completed", "wc-cancelled", "Storniert")
    log = [(user, sku, status[n]) for user, sku, n in LOG]

    values, _, said = guess(
        log=[("email", "sku", "Status"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["type_weights"] == "wc-completed=1"
    assert "93 rows whose Status is wc-cancelled, Storniert" in said


def test_products_without_a_sku(guess):
    """As in WooCommerce, where a variation names them by their ID."""
    items = [
        row
        for sku, n, title in ITEMS
        for row in (
            (100 + n, "", title, f"https://a/{n}.jpg, https://a/b.jpg", ""),
            (200 + n, f"{sku}-S", title, "", f"id:{100 + n}"),
            (300 + n, f"{sku}-M", title, f"https://a/{n}.jpg", f"id:{100 + n}"),
        )
    ]
    log = [(user, f"{sku}-{'SM'[n % 2]}", n) for user, sku, n in LOG]

    values, text, _ = guess(
        log=[("email", "SKU", "n"), *log],
        items=[("ID", "SKU", "Name", "Images", "Parent"), *items],
    )

    assert values["product_id_column"] == "ID"
    assert (
        "# 48 ids, such as sizes, have 24 photos\nmerge_variants: true" in text
    )
    assert "max_rejected" not in values


def test_parts_of_a_table_are_one(guess):
    header = ("customer", "sku", "qty")

    values, _, said = guess(
        orders_1=[header, *LOG[:70]],
        orders_2=[header, *LOG[70:]],
        items=[("sku", "number", "title"), *ITEMS],
        notes=[("text",), ("hello",)],
    )

    assert values["interactions"] == "shop/orders_*.csv"
    assert "interactions, 140 rows" in said
    assert "left out: shop/notes.csv: neither interactions, items nor" in said


def test_parts_in_a_folder_named_with_signs_of_patterns(
    guess, tmp_path, monkeypatch
):
    header = ("customer", "sku", "qty")

    values, _, said = guess(
        shop="shop [1]",
        orders_1=[header, *LOG[:70]],
        orders_2=[header, *LOG[70:]],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert "interactions, 140 rows" in said
    monkeypatch.chdir(tmp_path)
    assert match_files(values["interactions"]) == [
        "shop [1]/orders_1.csv",
        "shop [1]/orders_2.csv",
    ]


def test_options_that_other_columns_name(guess):
    items = [
        (sku, title, *options)
        for (sku, n, title) in ITEMS
        for options in [
            ("Color", "AB"[n % 2], "Size", "S")
            if n % 3
            else ("Size", "M", "", "")
        ]
    ]
    header = ("Option1 name", "Option1 value", "Option2 name", "Option2 value")

    values, _, _ = guess(
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "title", *header), *items],
    )

    assert values["option_columns"] == (
        "Option1 name=Option1 value,Option2 name=Option2 value"
    )
    assert "attribute_columns" not in values


@pytest.mark.parametrize("value", ["Default Title", ""])
def test_products_without_options(guess, value):
    items = [(sku, title, "Title", value) for sku, _, title in ITEMS]

    values, _, _ = guess(
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "title", "Option1 Name", "Option1 Value"), *items],
    )

    assert "option_columns" not in values


def test_times_are_no_users(guess):
    log = [(f"2021-03-{1 + n % 28:02d}", *row) for n, row in enumerate(LOG)]

    values, _, _ = guess(
        log=[("which day", "who", "sku", "n"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["user_column"] == "who"


def test_further_ids_of_items_are_alternatives(guess):
    log = [(user, n % 20, sku) for n, (user, sku, _) in enumerate(LOG)]

    values, text, _ = guess(
        log=[("customer", "product_id", "sku"), *log],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["item_column"] == "sku"
    assert (
        "# or this one, 100% of its values are in shop/items.csv, column "
        "number\n#item_column: product_id\n"
    ) in text


def test_signs_of_yaml_and_control_characters(guess):
    odd = [(sku, n, f"# \x1b- a: {title}") for sku, n, title in ITEMS]

    values, _, _ = guess(
        log=[("- customer: #1", " 'sku'", "qty\x07"), *LOG],
        items=[('"sku"\x7f\U0001f600', "number", "name"), *odd],
    )

    assert values["user_column"] == "- customer: #1"
    assert values["item_column"] == " 'sku'"
    assert values["items_item_column"] == '"sku"\x7f\U0001f600'
    assert values["title_column"] == "name"


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("all/{}.jpg", "shop/my pictures"),
        ("\\my pictures\\All\\{}.JPG", None),
    ],
)
def test_paths_of_photos_in_subfolders(guess, path, root):
    items = [(*row, path.format(row[0])) for row in ITEMS]

    values, _, said = guess(
        photos="my pictures/all",
        log=[("customer", "sku", "n"), *LOG],
        items=[("sku", "number", "title", "photo"), *items],
    )

    assert (values["photo_column"], values.get("photo_root")) == ("photo", root)
    assert "where the photos are" not in said


def test_ratings_are_weights(guess):
    values, _, _ = guess(
        log=[("customer", "sku", "rating"), *LOG],
        items=[("sku", "number", "title"), *ITEMS],
    )

    assert values["weight_column"] == "rating"
