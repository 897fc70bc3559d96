"""Variants with one photo are one item: the sizes of a dress."""

import pytest

from atelier.schema.item import Item
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.join_items import ItemRef
from beam_jobs.prepare.merge_variants import keyed_variant
from beam_jobs.prepare.merge_variants import merge_variants

FIRST, SECOND, THIRD = (("items.csv", row) for row in (1, 2, 3))


def ref(address, item_id, photo_path="1.jpg", **values):
    item = Item(item_id, b"", values.pop("category", ""), **values)
    return ItemRef(item, address, address, photo_path)


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        (ref(FIRST, "a", group_id="g"), ref(SECOND, "b", group_id="g"), True),
        (ref(FIRST, "a"), ref(SECOND, "b", group_id="a"), True),
        (ref(FIRST, "7"), ref(SECOND, "8", group_id="id:7"), True),
        (ref(FIRST, "a", group_id="g"), ref(SECOND, "b", group_id="h"), False),
        (ref(FIRST, "a"), ref(SECOND, "b"), False),
        (
            ref(FIRST, "a", group_id="g"),
            ref(SECOND, "b", "2.jpg", group_id="g"),
            False,
        ),
        (  # Bytes, which may differ.
            ref(FIRST, "a", "", group_id="g"),
            ref(SECOND, "b", "", group_id="g"),
            False,
        ),
    ],
)
def test_variants_of_one_item(first, second, is_one):
    assert (keyed_variant(first)[0] == keyed_variant(second)[0]) == is_one


def test_an_item_has_what_its_variants_state():
    variants = [
        ref(THIRD, "c", price=5.0, attributes={"size": "S", "color": "red"}),
        ref(FIRST, "a", title="Coat", attributes={"size": "S, M"}),
        ref(SECOND, "b", title="Coat, M", price=7.0, attributes={"size": "S"}),
    ]

    merged, *rejections = merge_variants((("a", "1.jpg"), variants), ())

    assert merged.item == Item(
        "a", b"", "", {"color": "red"}, title="Coat", price=7.0
    )
    assert merged.variant_ids == ("b", "c")
    assert [(one.value.address, one.value.reason) for one in rejections] == [
        (SECOND, "variant_of_item"),
        (THIRD, "variant_of_item"),
    ]
    assert "'c' has the photo of its variant 'a'" in rejections[1].value.detail


@pytest.mark.parametrize(
    ("titles", "title"),
    [
        (["Coat, red - S", "Coat, red - M"], "Coat, red"),
        (["Coat", "Coat - M"], "Coat"),
        (["Coat Small", "Coat Slim"], "Coat"),
        (["The red coat", "The blue coat"], "The red coat"),
        (["", "Coat S"], "Coat S"),
        (["", ""], ""),
        (["A-S", "A-M"], "A-S"),
        (["Coat, S", "Coat, M"], "Coat"),
        (["Coat (long)", "Coat (long) M"], "Coat (long)"),
        (["Coat “Ida”", "Coat “Ida”"], "Coat “Ida”"),
        (["Coat “Ida” - S", "Coat “Ida” - M"], "Coat “Ida”"),
    ],
)
def test_the_title_of_an_item_has_no_size(titles, title):
    variants = [
        ref(("items.csv", row), str(row), title=text)
        for row, text in enumerate(titles)
    ]

    merged, *_ = merge_variants((("a", "1.jpg"), variants), ())

    assert merged.item.title == title


def test_rows_of_interactions_are_not_rejected():
    variants = [ref(FIRST, "a"), ref(SECOND, "b")]

    merged, *rejections = merge_variants((("a", "1.jpg"), variants), ("items",))

    assert (merged.variant_ids, rejections) == (("b",), [])


def test_interactions_with_a_variant_are_those_of_its_item(
    tmp_path, encode, write_csv, contents, rejected
):
    log = [
        (user, f"{product}{size}")
        for user, size in (("u", "S"), ("v", "M"))
        for product in "abc"
    ]
    write_csv(tmp_path / "log.csv", ["user_id", "item_id"], *log, ("v", "aS"))
    items = [
        (f"{product}{size}", product, f"{product}.jpg")
        for product in "abc"
        for size in "SM"
    ]
    write_csv(tmp_path / "items.csv", ["item_id", "handle", "photo"], *items)
    for number, product in enumerate("abc"):
        photo = encode(colour=(number * 80, 90, 90))
        (tmp_path / f"{product}.jpg").write_bytes(photo)

    prepare.main(
        [
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            *("--group_column=handle", "--merge_variants"),
            *("--min_user_interactions=3", "--image_size=16"),
            *("--min_shards=1", f"--data_dir={tmp_path}/data"),
        ]
    )

    kept, triples, users = contents(f"{tmp_path}/data")
    assert set(kept) == {"aS", "bS", "cS"}
    assert {(user, item) for user, item, *_ in triples} == {
        (user, item) for user in "uv" for item in kept
    }
    assert set(users) == {"u", "v"}
    assert rejected(tmp_path / "data") == [
        ("interactions", "log.csv", 7, "duplicate_interaction"),
        *(("items", "items.csv", row, "variant_of_item") for row in (2, 4, 6)),
    ]
