"""Items and photos of catalogs with several rows per item."""

import base64
import decimal
import math
import re

import pytest

from atelier.schema.item import Item
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.prepare.join_items import join_photo
from beam_jobs.prepare.join_items import keyed_item
from beam_jobs.prepare.join_items import keyed_photo
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import PHOTO
from beam_jobs.tables.row import Row


@pytest.fixture
def join():
    """Joins rows (category, photo) of one item: (its photo, rejections)."""

    def join(*rows, interactions_hold=()):
        items, photos = [], []
        for index, (category, photo) in enumerate(rows, 1):
            values = {"item_id": "i", "category": category, "photo": photo}
            row = Row(("items.csv", index), values)
            items += [value for _, value in keyed_item(row)]
            photos += [value for _, value in keyed_photo(row)]
        element = ("i", {"items": items, "photos": photos})
        outputs = list(join_photo(element, interactions_hold))
        refs = [output for output in outputs if isinstance(output, ItemRef)]
        rejections = [output.value for output in outputs if output not in refs]
        return [output.photo_path for output in refs], sorted(
            (output.table, output.address[1], output.reason)
            for output in rejections
        )

    return join


def test_a_row_per_variant(join):
    """As in exports of Shopify: further rows are blank or show more."""
    photos, rejected = join(
        ("coat", "1.jpg"), (None, "2.jpg"), (None, None), ("coat", "1.jpg")
    )

    assert photos == ["1.jpg"]
    assert rejected == [
        *(("items", row, "further_row_of_item") for row in (2, 3, 4)),
        *(("photos", row, "further_row_of_item") for row in (2, 3, 4)),
    ]


def test_the_first_photo_counts(join):
    photos, rejected = join(("coat", None), ("coat", "2.jpg"))

    assert photos == ["2.jpg"]
    assert ("photos", 1, "further_row_of_item") in rejected


def test_two_items_of_one_id(join):
    _, rejected = join(("coat", "1.jpg"), ("shoe", "2.jpg"))

    assert rejected == [
        ("items", 2, "duplicate_item"),
        ("photos", 2, "further_row_of_item"),
    ]


def test_an_item_without_a_photo(join):
    photos, rejected = join(("coat", None), ("coat", ""))

    assert photos == []
    assert rejected == [
        ("items", 1, "item_without_photo"),
        ("items", 2, "further_row_of_item"),
        ("photos", 1, "no_photo"),
        ("photos", 2, "no_photo"),
    ]


def test_rows_of_interactions_are_no_further_rows(join):
    photos, rejected = join(
        ("coat", "1.jpg"),
        ("coat", "1.jpg"),
        ("coat", None),
        interactions_hold=("items", "photos"),
    )

    assert (photos, rejected) == (["1.jpg"], [])


@pytest.mark.parametrize(
    ("cell", "photo"),
    [
        ("https://s/1.jpg, https://s/2.jpg", "https://s/1.jpg"),
        ("https://s/1.jpg,https://s/2.jpg", "https://s/1.jpg"),
        ("https://s/1.jpg|http://s/2.jpg", "https://s/1.jpg"),
        (
            "https://s/1.jpg?u=https://s/2.jpg",
            "https://s/1.jpg?u=https://s/2.jpg",
        ),
        ("https://s/1.jpg?fit=1,2", "https://s/1.jpg?fit=1,2"),
        ("https://s/?of=a,https://s/2.jpg", "https://s/?of=a,https://s/2.jpg"),
        ("a, b.jpg", "a, b.jpg"),
    ],
)
def test_several_photos_in_a_cell(join, cell, photo):
    assert join(("coat", cell))[0] == [photo]


def item_row(**values):
    return Row(("a.csv", 1), {ITEM_ID: "i1", **values})


def test_product_data_of_an_item():
    row = item_row(
        category=7,
        title="Coat",
        description=None,
        price=decimal.Decimal("19.99"),
        url="/i1",
        group_id=3,
        attributes={"color": "red", "size": 38, "cut": None},
    )

    assert list(keyed_item(row)) == [
        (
            "i1",
            (
                ("a.csv", 1),
                Item(
                    "i1",
                    b"",
                    "7",
                    {"color": "red", "size": "38"},
                    title="Coat",
                    price=19.99,
                    url="/i1",
                    group_id="3",
                ),
            ),
        )
    ]


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        ("on sale", "it is not a number; write it with digits and a decimal"),
        (-1, "it is negative"),
        (math.nan, "it is not finite"),
    ],
)
def test_a_bad_price_costs_the_price_alone(price, sentence):
    rejected, (item_id, (_, item)) = keyed_item(item_row(price=price))

    assert rejected.value.reason == "bad_price"
    assert f"the price {str(price)!r} cannot be read: {sentence}" in (
        rejected.value.detail
    )
    assert rejected.value.detail.endswith("; the item is kept without a price")
    assert (item_id, item) == ("i1", Item("i1", b"", ""))


@pytest.mark.parametrize(
    ("values", "reason", "sentence"),
    [
        ({"title": "\udcff"}, "bad_text", "the title .* is not UTF-8"),
        ({"attributes": {"a": "\udcff"}}, "bad_text", "the a .* is not UTF-8"),
        (
            {"attributes": {"\udcff": "a"}},
            "bad_text",
            "the name of an attribute .* is not UTF-8",
        ),
        ({"group_id": "a\nb"}, "bad_id", "the group_id .* control characters"),
        ({"group_id": 1.5}, "bad_id", "the group_id '1.5' is a float"),
        ({"item_id": None}, "bad_id", "the item_id is missing"),
    ],
)
def test_bad_texts_and_ids(values, reason, sentence):
    (rejected,) = keyed_item(item_row(**values))

    assert rejected.value.reason == reason
    assert re.match(sentence, rejected.value.detail)


def photo_row(value):
    return Row(("a.csv", 1), {ITEM_ID: "i1", PHOTO: value})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize(
    "form",
    [
        lambda photo: base64.b64encode(photo).decode(),
        lambda photo: base64.encodebytes(photo).decode(),
        lambda photo: "data:;base64," + base64.b64encode(photo).decode(),
        str,
    ],
    ids=["base64", "lines", "data URI", "Python"],
)
def test_a_photo_as_text_is_told_as_such(encode, kind, form):
    value = form(encode(kind=kind))

    (rejected,) = keyed_photo(photo_row(value))

    assert rejected.value.reason == "photo_as_text"
    assert rejected.value.detail == (
        f"the photo {value[:40]!r} is in the table as text, such as base64; "
        "write its bytes to a binary column of a Parquet file, or to a file"
    )


@pytest.mark.parametrize(
    "path",
    ["a.jpg", "data:a.jpg", "/9j/a.jpg", "b'a.jpg'", "a" * 255, "a." * 200],
)
def test_paths(path):
    assert list(keyed_photo(photo_row(path))) == [("i1", (("a.csv", 1), path))]
