"""The wardrobe: users by looking, likes, photos."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

USER = ".user"
LIKES = "recommend_for_items"
STARTER = ".starter"
PICK = ".picks .card[data-item]"
REASON = ".picks .card:first-child .because img"


def last_call(models, signature: str):
    return [inputs for name, inputs in models.calls if name == signature][-1]


def test_a_user_is_chosen_by_looking(page: Page, models) -> None:
    page.goto("")
    expect(page.locator(".picks h2")).to_have_text("For user ann")
    expect(page.locator(PICK)).to_have_count(12)

    page.locator(USER, has_text="bob").click()

    expect(page.locator(".picks h2")).to_have_text("For user bob")
    expect(page).to_have_url(re.compile(r"#/wardrobe\?user=bob$"))
    expect(page.locator(USER, has_text="bob")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".picks [aria-busy]")).to_have_count(0)
    assert last_call(models, "recommend_filtered")["user_id"] == ["bob"]


def test_every_photo_loads(page: Page) -> None:
    """Also that of an id with a slash, a blank and an umlaut."""
    page.goto("#/similar?item=a%2Fb+%C3%BC")
    image = page.locator(".sheet img")
    expect(image).to_have_attribute("src", re.compile("a%252Fb%2520%25C3%25BC"))
    expect(image).to_have_js_property("naturalWidth", 16)


def test_the_search_narrows_and_enter_finds_any_user(page: Page) -> None:
    page.goto("")
    expect(page.locator(USER)).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("bo")
    expect(page.locator(USER)).to_have_count(1)

    search = page.get_by_label("User id")
    search.fill("eve")
    search.press("Enter")
    expect(page.locator(".picks h2")).to_have_text("For user eve")
    expect(page.locator(USER)).to_contain_text("1 item")

    search.fill("zoe")
    expect(page.locator(".chooser .notice")).to_contain_text("no such user")


def test_likes_change_the_list(page: Page, models) -> None:
    page.goto("#/wardrobe?who=new")
    expect(page.locator(".picks h2")).to_have_text("For the average user")
    for place in (2, 4):
        page.locator(STARTER).nth(place).click()
    expect(page.locator(".picks h2")).to_have_text("For you")
    expect(page.locator(REASON)).to_have_attribute(
        "alt", "photo of red Shirt of 14"
    )
    expect(page.locator(PICK).first).to_have_attribute("data-item", "a/b ü")
    liked = last_call(models, LIKES)["liked_ids"]
    assert liked == [["i2", "i4"]]

    page.locator(STARTER).nth(4).click()
    expect(page.locator(f"{STARTER}[aria-pressed=true]")).to_have_count(1)
    page.reload()  # The browser keeps them.
    expect(page.locator(f"{STARTER}[aria-pressed=true]")).to_have_count(1)


def test_a_photo_counts_as_likes(page: Page, models) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (3000, 1500), "green").save(photo, "PNG")
    page.goto("#/wardrobe?who=new")
    page.locator("input[type=file]").set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    )
    expect(page.locator(".own-photo")).to_contain_text("Your photo, read as")
    expect(page.locator(".own-photo > .photo img")).to_have_js_property(
        "naturalWidth", 1024
    )
    expect(page.locator(".picks h2")).to_have_text("For you")
    expect(page.locator(REASON)).to_have_attribute(
        "alt", "photo of blue Dress of 31"
    )
    liked = last_call(models, LIKES)["liked_ids"]
    assert liked == [["i19", "i20", "i21"]]


def test_a_bad_photo_is_said_in_words(page: Page) -> None:
    page.goto("#/wardrobe?who=new")
    page.locator("input[type=file]").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": b"no image"}
    )
    expect(page.locator(".own-photo .failed")).to_contain_text(
        "choose a JPEG or PNG photo"
    )


@pytest.mark.parametrize("key", ["ArrowDown", "End"])
def test_the_keyboard_is_enough(page: Page, key: str) -> None:
    page.goto("")
    page.locator(USER).first.focus()
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".picks h2")).to_have_text("For user bob")
