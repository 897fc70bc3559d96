"""The frame of the page: links, failures, versions, feedback, access."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CARD = ".results .card[data-item]"


@pytest.mark.parametrize(
    ("old", "new", "card"),
    [
        ("#similar?item=i3", "#/similar?item=i3", ".near .card[data-item]"),
        ("#recommend?user=bob", "#/list?user=bob", CARD),
    ],
)
def test_old_links_lead_on(page: Page, old: str, new: str, card: str) -> None:
    page.goto(old)
    expect(page.locator(card).first).to_be_visible()
    assert page.url.endswith(new)


def test_a_server_that_goes_and_comes_back(page: Page, models) -> None:
    page.goto("#/list?user=ann")
    expect(page.locator(CARD)).to_have_count(22)
    models.is_away = True
    page.get_by_role("link", name="Change").click()
    page.locator(".user", has_text="bob").click()
    expect(page.locator("#banner")).to_contain_text("does not answer")
    expect(page.locator(".picks [aria-busy]")).to_have_count(0)
    expect(page.locator(".health")).to_contain_text("No connection")

    models.is_away = False
    expect(page.locator(".picks .card[data-item]")).to_have_count(12)
    expect(page.locator("#banner")).to_be_hidden()


def test_a_server_that_is_away_is_told_once(page: Page, models) -> None:
    page.goto("#/list?user=ann")
    expect(page.locator(CARD)).to_have_count(22)
    models.is_away = True
    # Heading and list of another user: two calls that fail.
    page.goto("#/list?user=bob")
    expect(page.locator("main [aria-busy]")).to_have_count(0)
    alert = page.get_by_role("alert").filter(visible=True)
    expect(alert).to_have_text(re.compile("The server does not answer"))
    expect(page.get_by_text("is not ready")).to_have_count(0)

    models.is_away = False
    expect(page.locator(CARD)).to_have_count(21)
    expect(page.locator(".owned .photo").first).to_be_visible()
    expect(alert).to_have_count(0)


def test_a_server_that_is_away_is_told_in_a_dialog(page: Page, models) -> None:
    page.goto("#/list?user=ann")
    expect(page.locator(CARD)).to_have_count(22)
    models.is_away = True
    page.locator(CARD).locator(".name").first.click()
    failed = page.get_by_role("dialog").get_by_role("alert").first
    expect(failed).to_contain_text("is not ready")

    models.is_away = False
    expect(page.locator("dialog .near img").first).to_be_visible()


def test_a_catalog_that_takes_long_is_announced(page: Page) -> None:
    waiting = []
    url = "**/recommender/*/catalog.json"
    page.route(url, lambda route: waiting.append(route))
    with page.expect_request(url):
        page.goto("#/list?user=ann")
    expect(page.locator("main .busy")).to_have_text("Opening the catalog …")

    waiting[0].continue_()
    expect(page.locator(CARD)).to_have_count(22)
    expect(page.locator("main")).not_to_contain_text("Opening the catalog")


def test_one_call_that_fails_is_no_lost_server(page: Page) -> None:
    page.route("**/*:predict", lambda route: route.fulfill(status=503))
    page.goto("#/list?user=ann")
    failed = page.locator(".results .failed")
    expect(failed).to_have_attribute("role", "alert")
    expect(failed).to_contain_text("is not ready")
    expect(page.locator("#banner")).to_be_hidden()

    page.unroute("**/*:predict")
    failed.get_by_role("button").click()
    expect(page.locator(CARD)).to_have_count(22)
    expect(page.locator(".results")).to_be_focused()


def test_a_server_that_takes_too_long_is_no_lost_server(page: Page) -> None:
    page.add_init_script(
        """const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = () => timeout(1_000);"""
    )
    page.route("**/designer/**:predict", lambda route: None)
    page.goto("#/design?user=ann&count=2")
    expect(page.get_by_role("alert")).to_contain_text("took too long")
    expect(page.locator("#banner")).to_be_hidden()


def test_a_room_that_fails_is_tried_again(page: Page) -> None:
    status = "**/v1/models/designer"
    page.route(status, lambda route: route.fulfill(status=503))
    page.goto("#/design?user=ann")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(page.locator("h1")).to_have_text("Design")
    page.unroute(status)
    again.press("Enter")
    expect(page.locator(".designs img").first).to_be_visible()
    expect(page.locator("main")).to_be_focused()


def test_the_focus_stays_when_the_board_is_cleared(page: Page) -> None:
    page.goto("#/list?user=ann")
    page.locator(CARD).locator(".name").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    page.goto("#/board")
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_role("link", name="To the designs")).to_be_focused()

    page.locator("#toast").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".board-card")).to_have_count(1)
    expect(page.get_by_role("button", name="Clear")).to_be_focused()


def test_a_model_that_comes_later(page: Page, models) -> None:
    models.version = ""
    page.goto("")
    expect(page.locator("#banner")).to_contain_text("no recommender yet")
    models.version = "2"
    expect(page.locator(".picks .card[data-item]")).to_have_count(12)
    expect(page.locator(".health")).to_contain_text("v2")


def test_versions_are_named_by_their_date(page: Page) -> None:
    page.goto("")
    names = {
        "7": "v7",
        "1764417600": "Nov 29, 2025",
        "1764417600000": "v1764417600000",
        "20261201120000": "v20261201120000",
    }
    shown = page.evaluate(
        """async (names) => {
          const { versionName } = await import("/models.js");
          return names.map((name) => versionName(name, "date"));
        }""",
        list(names),
    )
    assert shown == list(names.values())
    page.goto("#/model")
    served = page.locator(".model-card dl div", has_text="Serves").first
    expect(served.locator("dd")).to_have_text("1")
    signature = page.get_by_text("recommend_for_items_filtered")
    expect(signature).to_be_hidden()
    page.get_by_text("4 signatures").first.click()
    expect(signature.first).to_be_visible()


def test_feedback_tells_what_was_shown_and_liked(
    page: Page, events_dir: Path
) -> None:
    page.goto("#/list?user=ann")
    card = page.locator(CARD).nth(1)
    expect(card).to_be_visible()
    with page.expect_response("**/studio/events") as sent:
        card.locator('[data-icon="heart"]').click()
    assert sent.value.status < 300

    lines = [path.read_text() for path in events_dir.iterdir()]
    shown, like = map(json.loads, "".join(lines).splitlines()[-2:])
    assert (shown["type"], len(shown["item_ids"])) == ("shown", 22)
    assert (like["type"], like["item_id"], like["rank"]) == ("like", "i3", 2)
    assert like["user"] == "ann"


def test_the_theme_is_kept(page: Page) -> None:
    page.goto("")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark theme").click()
    page.reload()
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    assert page.evaluate(background) != "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    ("theme", "width", "height"), [("light", 1440, 900), ("dark", 390, 844)]
)
def test_access_and_first_answer(
    browser: Browser, url: str, theme, width: int, height: int
) -> None:
    """axe-core finds nothing; the answer is on the first screen."""
    context = browser.new_context(
        base_url=url,
        color_scheme=theme,
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    for address, answer in (
        ("#/wardrobe", ".picks .card[data-item]"),
        ("#/wardrobe?who=new", ".picks .card[data-item]"),
        ("#/list?user=ann", CARD),
        ("#/similar?item=i3", ".near .card[data-item]"),
        ("#/design?user=ann", ".designs .frame img"),
        ("#/model", ".model-card dl"),
    ):
        page.goto(address)
        expect(page.locator(answer).first).to_be_visible()
        if "similar" not in address and "model" not in address:
            expect(page.locator(answer).first).to_be_in_viewport(ratio=0.9)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate(
            "document.documentElement.scrollWidth <= innerWidth"
        )
    context.close()
