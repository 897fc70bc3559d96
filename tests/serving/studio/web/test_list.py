"""The list: filters, reasons, pins and buries, the item dialog."""

import re

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from export.availability.read_boosts import read_boost_table

pytestmark = pytest.mark.browser

WORDS = "recommend_for_text"
CARD = ".results .card[data-item]"


def act(page: Page, item: str, action: str) -> None:
    """Presses a button of a card."""
    card = page.locator(f'{CARD}[data-item="{item}"]')
    card.hover()
    card.locator(f'[data-icon="{action}"]').click()


def ids(page: Page) -> list[str]:
    cards = page.locator(CARD)
    return [str(card.get_attribute("data-item")) for card in cards.all()]


def test_a_card_says_what_and_why(page: Page) -> None:
    page.goto("#/list?user=ann")
    card = page.locator(CARD).first
    expect(card).to_contain_text("red Shoes of 12")
    expect(card).to_contain_text("12.00")
    expect(card.locator(".because img")).to_have_attribute(
        "alt", "photo of red Dress of 10"
    )
    expect(page.locator(".owned")).to_contain_text("Owns 2")


def test_a_user_may_have_the_name_of_a_property(page: Page) -> None:
    page.goto("#/list?user=constructor")
    expect(page.locator(CARD)).to_have_count(24)


def test_filters_are_a_request_and_an_address(page: Page, models) -> None:
    page.goto("#/list?user=ann")
    expect(page.locator(CARD)).to_have_count(22)
    page.get_by_role("button", name="Category").click()
    page.get_by_role("checkbox", name="Shirt").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Color").click()
    page.get_by_role("checkbox", name="blue").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Price").click()
    page.get_by_role("spinbutton", name="To").fill("25")
    expect(page).to_have_url(
        re.compile(r"user=ann&category=Shirt&is\.color=blue&max=25$")
    )
    expect(page.locator(CARD)).to_have_count(2)

    page.reload()
    expect(page.locator(CARD)).to_have_count(2)
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(CARD)).to_have_count(22)


def test_an_address_without_likes_is_of_the_average_user(page: Page) -> None:
    page.goto("#/list?like=")
    expect(page.locator("h1")).to_have_text("For the average user")
    expect(page.locator(CARD)).to_have_count(24)


def test_filters_that_no_item_passes(page: Page) -> None:
    page.goto("#/list?user=ann&max=1")
    expect(page.get_by_role("button", name="Price to 1")).to_be_visible()
    notice = page.locator(".results .notice")
    expect(notice).to_contain_text("No item passes all filters.")
    notice.get_by_role("button", name="Clear filters").click()
    expect(page.locator(CARD)).to_have_count(22)
    expect(page.get_by_role("button", name="Category")).to_be_focused()


def test_words_find_items(page: Page) -> None:
    page.goto("#/list?user=ann")
    search = page.get_by_label("Words that describe items")
    diversity = page.get_by_label("Diversity")
    expect(diversity).to_be_visible()
    search.fill("Dress")
    expect(page.locator(CARD)).to_have_count(8)
    expect(diversity).to_be_hidden()  # It orders lists of users only.
    search.fill("xyzzy")
    expect(page.locator(".note")).to_contain_text("none of these words")


def test_unknown_words_are_no_matter_of_filters(page: Page) -> None:
    page.goto("#/list?user=ann&words=xyzzy&diversity=0.5")
    expect(page.locator(".results .notice")).to_have_text(
        "Look for other words."
    )
    clear = page.get_by_role("button", name="Clear filters")
    expect(clear).to_be_hidden()
    page.get_by_label("Words that describe items").fill("")
    expect(clear).to_be_visible()


def test_filters_narrow_what_words_find(page: Page, models) -> None:
    """In the whole catalog; versions of earlier releases cannot."""
    page.goto("#/list?user=ann&words=Dress&is.color=blue&max=25")
    summary = page.locator(".results .summary")
    expect(page.locator(CARD)).to_have_count(3)
    expect(summary).to_contain_text("3 items, best first.")
    (inputs,) = [row for name, row in models.calls if name == WORDS]
    assert inputs["filters"] == [["color=blue"]]
    act(page, "i3", "pin")
    expect(page.locator(CARD).first).to_have_attribute("data-item", "i3")
    act(page, "i9", "hide")
    expect(page.locator(CARD)).to_have_count(2)

    models.narrows = False
    models.calls.clear()
    page.reload()
    expect(summary).to_contain_text("2 of the 8 best items pass the filters.")
    (inputs,) = [row for name, row in models.calls if name == WORDS]
    assert set(inputs) == {"user_id", "text", "liked_ids"}


def test_filters_narrow_the_list_of_likes(page: Page, models) -> None:
    """In the whole catalog; versions of earlier releases cannot."""
    page.goto("#/list?like=i0&category=Dress&max=25")
    summary = page.locator(".results .summary")
    expect(page.locator(CARD)).to_have_count(5)
    expect(summary).to_contain_text("5 items, best first.")
    act(page, "i9", "bury")
    expect(page.locator(CARD)).to_have_count(4)
    inputs = models.calls[-1][1]
    assert inputs["categories"] == [["Dress"]]
    assert inputs["exclude_ids"] == [["i9"]]

    models.narrows = False
    models.calls.clear()
    page.reload()
    expect(summary).to_contain_text("4 of the 23 best items pass the filters.")
    assert dict(models.calls)["recommend_for_items"] == {"liked_ids": [["i0"]]}


def test_pins_come_first_and_buried_items_go(page: Page, tmp_path) -> None:
    page.goto("#/list?user=ann")
    act(page, "i6", "pin")
    expect(page.locator(CARD).first).to_have_attribute("data-item", "i6")
    expect(page.locator(".badge")).to_have_text("Pinned")
    act(page, "i4", "bury")
    expect(page.locator(f'{CARD}[data-item="i4"]')).to_have_count(0)
    act(page, "i5", "bury")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f'{CARD}[data-item="i5"]')).to_have_count(1)
    act(page, "a/b ü", "pin")
    expect(page.locator(".badge")).to_have_count(2)

    page.get_by_role("button", name="2 pinned, 1 buried").click()
    page.get_by_role("button", name="Move up").click()
    # It stays with the pin, which cannot move up any more.
    expect(page.get_by_role("button", name="Move down")).to_be_focused()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    path = tmp_path / "boosts.csv"
    download.value.save_as(path)
    rows = read_boost_table(str(path))
    assert [row.item_id for row in rows] == ["a/b ü", "i6", "i4"]
    assert rows[0].boost.rank > rows[1].boost.rank > 0 > rows[2].boost.rank
    page.keyboard.press("Escape")
    expect(page.locator(CARD).first).to_have_attribute("data-item", "a/b ü")


def test_an_undo_on_another_view_loads_no_list(page: Page, models) -> None:
    page.goto("#/list?user=ann")
    act(page, "i4", "bury")
    expect(page.locator(CARD)).to_have_count(21)
    page.get_by_role("link", name="Board").first.click()
    expect(page.get_by_text("The board is empty.")).to_be_visible()
    models.calls.clear()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="List").first.click()
    expect(page.locator(CARD)).to_have_count(22)
    lists = [name for name, _ in models.calls if name.startswith("recommend")]
    assert lists == ["recommend_filtered"]


def test_ids_like_formulas_are_no_formulas(page: Page, tmp_path) -> None:
    page.goto("#/list?user=ann")
    ids = ["=1+1", "@x", "-3", "\tx", "'+a", "'a", "b"]
    table = page.evaluate(
        """async (ids) => {
          const { setBoost, boostsCsv } = await import("/merchandising.js");
          for (const id of ids) setBoost(id, "pin");
          return boostsCsv();
        }""",
        ids,
    )
    path = tmp_path / "boosts.csv"
    path.write_text(table, "utf-8")
    assert not re.search(r"^[\"]?[=+@\t-]", table, re.MULTILINE)
    assert [row.item_id for row in read_boost_table(str(path))] == ids


def test_names_of_columns_are_read_as_words(page: Page) -> None:
    page.goto("#/list?user=ann")
    labels = {
        "color": "Color",
        "product_type_name": "Product type",
        "items.item_brand": "Brand",
        "Option1 Value": "Option 1",
        "Attribute 1 value(s)": "Attribute 1",
        "madeOf": "Made of",
        "SKU": "SKU",
        "UPC code": "UPC code",
        "No. of pockets": "No. of pockets",
        "Color (product.metafields.color)": "Color (product.metafields.color)",
        "_": "_",
        "name": "Name",
    }
    shown = page.evaluate(
        """async (names) => {
          const { attributeLabel } = await import("/catalog.js");
          return names.map(attributeLabel);
        }""",
        list(labels),
    )
    assert dict(zip(labels, shown, strict=True)) == labels


def test_two_tabs_keep_one_state(page: Page) -> None:
    page.goto("#/list?user=ann")
    other = page.context.new_page()
    other.goto("#/board")
    expect(other.get_by_text("The board is empty.")).to_be_visible()
    act(page, "i6", "pin")
    page.locator(f'{CARD}[data-item="i6"] .name').click()
    page.get_by_role("button", name="Keep").click()
    page.keyboard.press("Escape")
    expect(other.locator(".board-card")).to_have_count(1)
    other.goto("#/list?user=ann")
    act(other, "i7", "pin")
    expect(page.get_by_role("button", name="2 pinned")).to_be_visible()


def test_pins_obey_the_filters(page: Page) -> None:
    page.goto("#/list?user=ann")
    act(page, "i6", "pin")  # A dress.
    expect(page.locator(".badge")).to_have_count(1)
    page.goto("#/list?user=ann&category=Shoes")
    expect(page.locator(CARD)).to_have_count(8)
    assert "i6" not in ids(page)


def test_hidden_items_come_back(page: Page) -> None:
    page.goto("#/list?user=ann")
    act(page, "i2", "hide")
    expect(page.locator(CARD)).to_have_count(21)
    page.goto("#/list?user=bob")
    expect(page.locator(".results .summary")).not_to_contain_text("hidden")
    page.goto("#/list?user=ann")
    page.get_by_role("button", name="Show 1 hidden").click()
    expect(page.locator(CARD)).to_have_count(22)


def test_the_dialog_walks_from_item_to_item(page: Page) -> None:
    page.goto("#/list?user=ann")
    page.locator(CARD).locator(".name").first.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_have_text("red Shoes of 12")
    expect(dialog.locator("h2")).to_be_focused()
    expect(dialog.locator("a", has_text="Open in the shop")).to_have_count(0)
    strip = dialog.get_by_label("Similar")
    expect(strip).to_be_visible()
    body = dialog.locator(".dialog-body")
    assert body.evaluate("body => body.scrollWidth === body.clientWidth")
    strip.get_by_role("button").first.click()
    expect(dialog.locator("h2")).to_have_text("red Dress of 10")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(CARD).locator(".name").first).to_be_focused()


def test_messages_lie_above_the_dialog(page: Page) -> None:
    page.goto("#/list?user=ann")
    page.locator(CARD).locator(".name").nth(3).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Pin to the top").click()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("button", name="Pin to the top")).to_be_focused()
    dialog.get_by_role("button", name="Keep").click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("is on the board")


def test_buttons_of_cards_name_the_item(page: Page) -> None:
    page.goto("#/list?user=ann")
    like = page.get_by_role("button", name="Like: red Shoes of 12", exact=True)
    expect(like).to_have_count(1)


def test_a_category_that_names_no_thing_is_no_name(page: Page) -> None:
    page.goto("#/list?user=ann")
    names = page.evaluate(
        """async () => {
          const { nameOf } = await import("/catalog.js");
          const facts = { id: "i1", title: "", category: "" };
          return ["", "Dress", "Not sure"].map(
            (category) => nameOf({ ...facts, category }));
        }"""
    )
    assert names == ["i1", "Dress", "Item"]


def test_a_pseudonym_says_itself_that_it_is_a_user(page: Page) -> None:
    page.goto("#/list?user=user-1f2e")
    expect(page.locator("h1")).to_have_text("For user-1f2e")
    page.goto("#/list?user=userland")
    expect(page.locator("h1")).to_have_text("For user userland")


def test_unknown_values_are_said_in_words(page: Page) -> None:
    page.goto("#/list?user=zoe")
    expect(page.locator(".note")).to_contain_text("does not know user zoe")
    page.goto("#/list?user=ann&category=Hat")
    expect(page.locator(".failed")).to_have_text("There is no category Hat.")
    page.goto("#/similar?item=nothing")
    expect(page.locator(".notice")).to_contain_text("does not know the item")
