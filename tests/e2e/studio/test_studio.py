"""Studio sessions of a merchandiser, on real models in real Chromium."""

import io
import json
import os
import pathlib
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

SCREENSHOTS = os.environ.get("STUDIO_SCREENSHOTS")
"""Folder for a screenshot of each room, those of the documentation."""
DESIGN = os.environ.get("STUDIO_DESIGN", "#/design")
"""Address of the room with designs, for that picture."""
ROOMS = {
    "#/wardrobe": "Whose wardrobe?",
    "#/wardrobe?who=new": "Whose wardrobe?",
    "#/list": "For user",
    DESIGN: "Designs for user",
    "#/restyle": "Restyle for user",
    "#/board": "",
    "#/choice": "Which would you wear?",
    "#/model": "Model",
}


def cards(page: Page, name: str = "Ranked items"):
    return page.get_by_role("list", name=name).get_by_role("listitem")


def item_ids(listed) -> tuple[str, ...]:
    """Returns the item ids of cards."""
    return tuple(
        listed.evaluate_all("all => all.map(card => card.dataset.item)")
    )


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Waits until a condition holds, while the page goes on.

    Raises:
        AssertionError: If it does not within a minute.
    """
    for _ in range(300):
        if condition():
            return
        page.wait_for_timeout(200)
    raise AssertionError("The condition does not come true.")


def photo_file(mode: str = "JPEG") -> bytes:
    """Returns a photo of a red garment on a floor."""
    image = Image.new("RGB", (240, 320), (190, 180, 170))
    image.paste((200, 20, 40), (60, 50, 180, 280))
    file = io.BytesIO()
    image.save(file, mode)
    return file.getvalue()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": content}
    )


def test_a_user_is_chosen_by_looking_and_gets_a_list_with_reasons(open_page):
    page = open_page("#/wardrobe")
    users = page.get_by_role("list", name="Users").get_by_role("button")
    users.nth(1).click()
    expect(cards(page, "Recommended items").first).to_contain_text("because of")
    page.get_by_role("link", name="Open the list").click()
    expect(cards(page)).not_to_have_count(0)
    expect(cards(page).first.locator("img").first).to_have_js_property(
        "complete", True
    )
    assert (
        cards(page)
        .first.locator("img")
        .first.evaluate("image => image.naturalWidth")
    )


def test_the_list_of_somebody_new_changes_at_each_tap(open_page):
    page = open_page("#/wardrobe?who=new")
    starters = page.get_by_role("list", name="Photos to choose from")
    picks = cards(page, "Recommended items")
    seen = [item_ids(picks)]
    for index in range(3):
        starters.get_by_role("button").nth(4 * index).click()
        expect(picks.first).to_contain_text("because of")
        wait_until(page, lambda: item_ids(picks) not in ((), *seen))
        seen.append(item_ids(picks))
    upload(page, "own.jpg", photo_file())
    expect(page.get_by_text("Your photo, read as")).to_be_visible()


def test_filters_words_and_diversity_narrow_and_order_the_list(open_page):
    page = open_page("#/list")
    expect(cards(page)).not_to_have_count(0)
    page.get_by_role("button", name="Category").click()
    page.get_by_role("checkbox", name=re.compile("^T-Shirt")).check()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("category=T-Shirt"))
    color = page.get_by_role("button", name="Color")
    if color.count():  # Models by `STUDIO_MODELS` may have no attributes.
        color.click()
        page.get_by_role("checkbox", name=re.compile("^red")).check()
        page.keyboard.press("Escape")
    page.wait_for_load_state("networkidle")
    names = cards(page).all_inner_texts()
    assert names
    assert all("T-Shirt" in name for name in names)

    page = open_page("#/list")
    expect(cards(page)).not_to_have_count(0)
    words = page.get_by_label("Words that describe items")
    if words.count():
        words.fill("linen shoes")
        page.wait_for_load_state("networkidle")
        expect(cards(page).first).to_contain_text("Linen")


def test_a_card_opens_what_is_similar_and_what_goes_with_it(open_page):
    page = open_page("#/list")
    cards(page).first.get_by_role("button").first.click()
    dialog = page.get_by_role("dialog")
    for row in ("Similar", "Goes with"):
        expect(
            dialog.get_by_role("list", name=row).get_by_role("button")
        ).not_to_have_count(0)
    dialog.get_by_role("link", name="Open as a page").click()
    expect(page).to_have_url(re.compile("#/similar\\?item="))
    old = page.url.replace("#/similar", "#similar")
    page.goto("about:blank")
    page.goto(old)
    expect(page.get_by_role("list", name="Similar")).to_be_visible()


def test_a_design_is_kept_on_the_board_and_downloaded(open_page):
    page = open_page("#/design")
    designs = page.get_by_role("list", name="Designs").get_by_role("listitem")
    expect(designs.first.get_by_role("button", name="Keep")).to_be_visible()
    expect(designs.first).to_contain_text("Composed")
    boldness = page.get_by_role("group", name="Boldness")
    boldness.get_by_role("button", name="Bold", exact=True).click()
    designs.first.get_by_role("button", name="Keep").click()
    page.goto(page.url.split("#")[0] + "#/board")
    board = page.get_by_role("list", name="Kept on the board")
    expect(board).to_contain_text("Boldness 70 %")
    board.get_by_role("textbox").first.fill("Try it in linen")
    page.get_by_role("textbox", name="Title of the board").fill("Summer")
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    image = Image.open(download.value.path())
    assert min(image.size) > 500
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    content = pathlib.Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF")
    page.reload()
    expect(board.get_by_role("textbox").first).to_have_value("Try it in linen")


def test_an_uploaded_photo_is_restyled_and_a_bad_one_explained(open_page):
    page = open_page("#/restyle")
    upload(page, "own.jpg", photo_file())
    expect(page.get_by_text("Cut, shading, seams")).to_be_visible()
    page.get_by_role("slider", name=re.compile("Strength")).fill("30")
    expect(page.get_by_text("Cut, shading, seams")).to_be_visible()
    upload(page, "bad.jpg", b"no photo")
    expect(page.get_by_text("choose a JPEG or PNG photo").first).to_be_visible()


def test_the_page_recovers_when_the_server_is_back(open_page):
    page = open_page("#/list")
    expect(cards(page)).not_to_have_count(0)
    page.route("**/v1/**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.unroute("**/v1/**")
    expect(cards(page)).not_to_have_count(0)


def test_a_blind_choice_is_counted_and_logged(open_page, events_dir):
    page = open_page("#/choice")
    expect(page.get_by_role("button", name="Left: this one")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("1")
    expect(page.get_by_text(re.compile("Results so far: 1"))).to_be_visible()
    page.close()  # Sends what waits.

    def logged() -> set[str]:
        return {
            json.loads(line)["type"]
            for path in events_dir.glob("*.jsonl")
            for line in path.read_text().splitlines()
        }

    wait_until(open_page("#/model"), lambda: "choice" in logged())


def test_the_keyboard_is_enough(open_page):
    page = open_page("#/wardrobe")
    users = page.get_by_role("list", name="Users").get_by_role("button")
    users.first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("nobody-of-this-name")
    page.keyboard.press("Enter")
    expect(page.get_by_text("knows no such user")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#/list")
    cards(page).first.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_room_is_accessible_and_fits(open_page, size):
    theme = {"desktop": "light", "phone": "dark"}[size]
    page = open_page("", size, theme)
    for room, title in ROOMS.items():
        page.goto(page.url.split("#")[0] + room)
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_be_visible()
        assert title in heading.inner_text()
        page.wait_for_function(
            "() => !document.querySelector('[aria-busy=true], .ghost')"
        )
        assert page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth"
        ), room
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        if SCREENSHOTS:
            ranking = page.get_by_text("Comparing with real items")
            expect(ranking).to_have_count(0)
            name = re.sub(r"\W+", "_", room.strip("#/"))
            end = "" if size == "desktop" else f"_{size}"
            page.screenshot(
                path=f"{SCREENSHOTS}/studio_{name}{end}.jpg", quality=85
            )
