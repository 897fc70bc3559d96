"""The design room, its boldness, and links to its designs."""

import re

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PICTURE = ".designs img[alt^=composed]"


def sources(page: Page) -> list[str]:
    """Returns the picture of each design, a data URL."""
    images = page.locator(PICTURE).all()
    return [str(image.get_attribute("src")) for image in images]


def boldness_of(models) -> list[object]:
    """Returns the input of each call of `compose`, None where it is missing."""
    return [
        inputs.get("boldness")
        for name, inputs in models.calls
        if name == "compose"
    ]


def serve_folder(page: Page, **fields: object) -> None:
    """Serves the catalog folder of a designer that composes and draws."""
    categories = ["Shirt", "Dress"]
    page.route(
        "**/catalog/designer/1/catalog.json",
        lambda route: route.fulfill(
            json={
                "categories": {"compose": categories, "design": categories},
                **fields,
            }
        ),
    )


def test_a_bold_design_is_made_again_from_its_link(page: Page, models) -> None:
    page.goto("#/design?user=ann&category=Shirt&count=2")
    expect(page.locator(PICTURE)).to_have_count(2)
    familiar = page.locator(PICTURE).first.get_attribute("src")
    page.get_by_role("group", name="Boldness").get_by_text("Bolder").focus()
    page.keyboard.press("Enter")
    expect(page.locator(PICTURE).first).not_to_have_attribute("src", familiar)
    assert boldness_of(models) == [[0]] * 2 + [[0.4]] * 2
    bold = page.locator(PICTURE).first.get_attribute("src")
    page.get_by_role("button", name="Keep").first.click()

    page.get_by_role("link", name="Board").first.click()
    expect(page.locator(".board-card")).to_contain_text("Boldness 40 %")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("is copied")).to_be_visible()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    shared = page.get_by_role("list", name="Shared board").locator("img").first
    expect(shared).to_have_attribute("src", bold)


def test_a_drawn_cut_is_labeled_and_has_a_cloth(page: Page, models) -> None:
    models.drawn_seeds = {1}
    page.goto("#/design?user=ann&category=Shirt&count=2")
    tiles = page.locator(".designs > *")
    for tile, label in zip(range(2), ("Composed", "Drawn cut"), strict=True):
        expect(tiles.nth(tile).locator(".badge")).to_have_text(label)
    parts = tiles.nth(1).locator(".parts")
    expect(parts).to_contain_text("Cloth")
    expect(parts).not_to_contain_text("Cut")
    tiles.nth(1).get_by_role("button", name="Keep").click()
    page.get_by_role("link", name="Board").first.click()
    expect(page.locator(".board-card")).to_contain_text("Drawn cut")


def test_two_tiles_never_take_the_same_next_design(page: Page) -> None:
    page.goto("#/design?user=ann&category=Shirt")
    expect(page.locator(PICTURE)).to_have_count(4)
    before = sources(page)
    page.get_by_role("button", name="Next").evaluate_all(
        "([first, second]) => { first.click(); second.click(); }"
    )
    expect(page.locator(f"{PICTURE}:visible")).to_have_count(4)
    after = sources(page)
    assert len({*before, *after}) == 6
    expect(page.locator("#toast")).to_be_empty()


def test_next_is_gone_once_all_designs_are_shown(page: Page, models) -> None:
    next_buttons = page.get_by_role("button", name="Next")
    models.num_designs = 4
    page.goto("#/design?user=ann&category=Shirt")
    expect(page.locator(PICTURE)).to_have_count(4)
    next_buttons.first.click()
    expect(page.locator("#toast")).to_contain_text("all the designs")
    expect(next_buttons).to_have_count(0)
    expect(page.locator(".design").first.locator(":focus")).to_have_text("Keep")

    models.num_designs = 3
    page.reload()
    expect(page.locator(".designs-summary")).to_contain_text("only 3 designs")
    expect(next_buttons).to_have_count(0)


def test_next_is_never_offered_where_the_export_counts_no_more(
    page: Page,
) -> None:
    serve_folder(page, num_designs={"Shirt": 4, "Dress": 5})
    next_buttons = page.get_by_role("button", name="Next")
    page.goto("#/design?user=ann&category=Shirt")
    expect(page.locator(PICTURE)).to_have_count(4)
    expect(next_buttons).to_have_count(0)

    page.get_by_label("Category").select_option("Dress")
    expect(next_buttons).to_have_count(4)


def test_drawn_designs_that_are_not_fit_to_show(page: Page, models) -> None:
    serve_folder(page, gan_fit_to_show=False)
    page.goto("#/design?user=ann&category=Shirt&count=2&source=design")
    expect(page.locator(".designs img[alt^=drawn]")).to_have_count(2)
    expect(page.locator(".note")).to_contain_text("do not look like real")
    expect(page.locator(".standing").first).to_be_empty()
    assert "score_images" not in {name for name, _ in models.calls}

    page.get_by_role("group", name="Made").get_by_text("From parts").click()
    expect(page.locator(".standing").first).to_contain_text("real ones")
    expect(page.locator(".note")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "columns"), [(1680, 4), (1260, 4), (1259, 2), (768, 2), (390, 1)]
)
def test_four_designs_fill_their_rows(
    page: Page, width: int, columns: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("#/design?user=ann&category=Shirt&count=4")
    expect(page.locator(PICTURE)).to_have_count(4)
    tiles = [tile.bounding_box() for tile in page.locator("li.design").all()]
    first = tiles[0]
    assert first
    row = [tile for tile in tiles if tile and tile["y"] == first["y"]]
    assert len(row) == columns
    # The buttons of a design stay in one row.
    buttons = page.locator("li.design").first.locator("> .row .button").all()
    assert len({(button.bounding_box() or {})["y"] for button in buttons}) == 1


def test_designs_that_fail_share_one_notice(page: Page) -> None:
    calls = re.compile("designer.*:predict")
    page.route(calls, lambda route: route.fulfill(status=503))
    page.goto("#/design?user=ann&category=Shirt")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("is not ready")
    expect(page.locator(".designs [aria-busy]")).to_have_count(0)
    expect(alert).to_have_count(1)

    page.unroute(calls)
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".designs-failure")).to_be_focused()
    expect(page.locator(PICTURE)).to_have_count(4)
    expect(alert).to_have_count(0)


def test_an_older_designer_and_its_links_have_no_boldness(
    page: Page, models
) -> None:
    models.has_boldness = False
    page.goto("#/design?user=ann&count=2&boldness=0.7")
    expect(page.locator(PICTURE)).to_have_count(2)
    expect(page.get_by_role("group", name="Boldness")).to_have_count(0)
    # ["Old", ["d", "compose", "ann", "Shirt", 3, "1", ""]]
    page.goto(
        "#/board?shared=WyJPbGQiLFsiZCIsImNvbXBvc2UiLCJhbm4iLCJTaGlydCIsMywiMSIs"
        "IiJdXQ"
    )
    expect(page.locator(".board-card")).to_contain_text("Shirt, red")
    assert boldness_of(models) == [None] * 3
