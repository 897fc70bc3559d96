"""The page in Chromium, before a model server of a few items."""

import base64
import io
import json
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from serving.studio.app import AppConfig
from serving.studio.app import create_app
from serving.studio.server import bind
from serving.studio.server import serve

CATEGORIES = ("Dress", "Shirt", "Shoes")
COLORS = ("red", "blue")
OWNED = {"ann": ["i0", "i1"], "bob": ["i2", "i5", "a/b ü"], "eve": ["i8"]}
"""Items of the users; eve is not in the sample of the catalog."""
Row = dict[str, Any]
MAX_MS = 20_000
"""Patience with a machine that does other work too."""

expect.set_options(timeout=MAX_MS)


class StubModels:
    """REST API of a recommender that ranks its items in their order.

    Its designer composes pictures whose colors are boldness and rank.

    Attributes:
        items: Category, color and price by item id.
        version: Served version of both, "" for none.
        num_designs: Designs of a category, after which the ranks begin again.
        has_boldness: Whether the designer takes a boldness.
        drawn_seeds: Seeds of the designs with drawn cuts.
        narrows: Whether lists for words and likes take filters.
        is_away: Whether it answers 503.
        calls: Signature and inputs of each prediction.
    """

    def __init__(self) -> None:
        ids = [*(f"i{number}" for number in range(23)), "a/b ü"]
        self.items = {
            item_id: (CATEGORIES[n % 3], COLORS[n % 2], 10.0 + n)
            for n, item_id in enumerate(ids)
        }
        self.version = "1"
        self.num_designs = 8
        self.has_boldness = True
        self.drawn_seeds: set[int] = set()
        self.narrows = True
        self.is_away = False
        self.calls: list[tuple[str, Row]] = []
        self.app = Starlette(
            routes=[
                Route("/v1/models/{_:path}/metadata", self._metadata),
                Route(
                    "/v1/models/{_:path}:predict",
                    self._predict,
                    methods=["POST"],
                ),
                Route("/v1/models/{model:str}", self._status),
            ]
        )

    async def _status(self, _: Request) -> JSONResponse:
        if self.is_away:
            return JSONResponse({"error": "away"}, 503)
        status = {"version": self.version, "state": "AVAILABLE"}
        return JSONResponse(
            {"model_version_status": [status] if self.version else []}
        )

    async def _metadata(self, _: Request) -> JSONResponse:
        names = ["user_id", "category", "seed"]
        names += ["boldness"] * self.has_boldness
        words = ["user_id", "text", "liked_ids"]
        words += ["filters"] * self.narrows
        signatures = {
            "compose": names,
            "design": ["user_id", "category", "seed"],
            "recommend_for_text": words,
        }
        if self.narrows:
            signatures["recommend_for_items_filtered"] = ["liked_ids"]
        inputs = {
            name: {"inputs": dict.fromkeys(inputs, {})}
            for name, inputs in signatures.items()
        }
        signature_def = {"signature_def": inputs}
        return JSONResponse({"metadata": {"signature_def": signature_def}})

    async def _predict(self, request: Request) -> JSONResponse:
        if self.is_away:
            return JSONResponse({"error": "away"}, 503)
        document = await request.json()
        name, inputs = document["signature_name"], document["inputs"]
        self.calls.append((name, inputs))
        answer: Callable[[Row], Row] = getattr(self, f"_{name}")
        return JSONResponse({"outputs": answer(inputs)})

    def _item_info(self, inputs: Row) -> Row:
        ids = inputs["item_id"]
        known = [item_id in self.items for item_id in ids]
        facts = [self.items.get(item_id, ("", "", -1.0)) for item_id in ids]
        return {
            "title": [f"{f[1]} {f[0]} of {f[2]:g}" for f in facts],
            "description": [""] * len(ids),
            "category": [category for category, _, _ in facts],
            "price": [price for _, _, price in facts],
            "url": ["javascript:alert(1)"] * len(ids),
            "group_id": [""] * len(ids),
            "attributes": [[f"color={color}", ""] for _, color, _ in facts],
            "known_item": known,
        }

    def _recommend_filtered(self, inputs: Row) -> Row:
        (user,), (categories,) = inputs["user_id"], inputs["categories"]
        owned = [] if inputs["include_owned"][0] else OWNED.get(user, [])
        unknown = set(categories) - {"", *CATEGORIES}
        kept = [one for one in self._narrowed(inputs) if one not in owned]
        error = f"There is no category {min(unknown)}." if unknown else ""
        return {
            **self._ranking(kept, OWNED.get(user, [""])[0]),
            "known_user": [user in OWNED],
            "error": [error],
        }

    def _narrowed(self, inputs: Row) -> list[str]:
        (filters,), (excluded,) = inputs["filters"], inputs["exclude_ids"]
        (categories,) = inputs["categories"]
        return [
            item_id
            for item_id, (category, color, price) in self.items.items()
            if (category in categories or categories == [""])
            and (f"color={color}" in filters or filters == [""])
            and inputs["min_price"][0] <= price <= inputs["max_price"][0]
            and item_id not in excluded
        ]

    def _recommend_for_items(self, inputs: Row) -> Row:
        (liked,) = inputs["liked_ids"]
        kept = [item_id for item_id in self.items if item_id not in liked]
        if liked != [""]:
            kept.reverse()
        return {
            **self._ranking(kept, liked[-1]),
            "known_user": [liked != [""]],
        }

    def _recommend_for_items_filtered(self, inputs: Row) -> Row:
        eligible = [*self._narrowed(inputs), ""]
        ranking = self._recommend_for_items(inputs)
        listed = [one for one in ranking["item_ids"][0] if one in eligible]
        because = ranking["because_item_ids"][0][0]
        return {**ranking, **self._ranking(listed[:-1], because)}

    def _recommend_for_text(self, inputs: Row) -> Row:
        words = set(inputs["text"][0].split())
        kept = [i for i, facts in self.items.items() if words & {*facts[:2]}]
        eligible = self._narrowed(inputs) if "filters" in inputs else kept
        listed = [item_id for item_id in kept if item_id in eligible]
        return {
            **self._ranking(listed, ""),
            "known_user": [True],
            "known_text": [bool(kept)],
        }

    def _similar_items(self, inputs: Row) -> Row:
        (item_id,) = inputs["item_id"]
        kept = [other for other in self.items if other != item_id]
        return {**self._ranking(kept, ""), "known_item": [True]}

    _goes_with = _similar_items

    def _similar_to_image(self, _: Row) -> Row:
        return {**self._ranking(["i21", "i20", "i19"], ""), "error": [""]}

    def _user_history(self, inputs: Row) -> Row:
        (user,) = inputs["user_id"]
        return {
            "item_ids": [[*OWNED.get(user, []), ""]],
            "known_user": [user in OWNED],
        }

    def _score_images(self, inputs: Row) -> Row:
        rows = len(inputs["user_id"])
        return {"scores": [0.5] * rows, "error": [""] * rows}

    def _compose(self, inputs: Row) -> Row:
        boldness = round(100 * inputs.get("boldness", [0])[0])
        file = io.BytesIO()
        color = (boldness, inputs["seed"][0] % self.num_designs, 0)
        Image.new("RGB", (16, 16), color).save(file, "PNG")
        png = base64.b64encode(file.getvalue()).decode()
        return {
            "image_bytes": [{"b64": png}],
            "preference": [0.5],
            "cut_item_id": [
                "" if inputs["seed"][0] in self.drawn_seeds else "i0"
            ],
            "cloth_item_id": ["i1"],
            "color": ["#ff0000"],
            "color_name": ["red"],
            "nearest_item_ids": [["i0", "i3"]],
            "known_user": [inputs["user_id"][0] in OWNED],
            "error": [""],
        }

    def _design(self, inputs: Row) -> Row:
        composed = self._compose(inputs)
        parts = ("cut_item_id", "cloth_item_id", "color", "color_name")
        return {k: v for k, v in composed.items() if k not in parts}

    def _ranking(self, ids: list[str], because: str) -> Row:
        return {
            "item_ids": [[*ids, ""]],
            "scores": [[*(1.0 / (1 + n) for n in range(len(ids))), -1e38]],
            "because_item_ids": [[*([because] * len(ids)), ""]],
            "because_shares": [[*([0.5] * len(ids)), 0.0]],
        }


@pytest.fixture(scope="session")
def models() -> StubModels:
    """The model server; tests set it back to what it was."""
    return StubModels()


@pytest.fixture(scope="session")
def catalog_dir(
    models: StubModels, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder of a recommender with the catalogs of versions 1 and 2."""
    folder = tmp_path_factory.mktemp("models") / "recommender"
    sample = [
        {"user_id": user, "num_items": len(OWNED[user]), "item_ids": ids}
        for user, ids in OWNED.items()
        if user != "eve"
    ]
    summary = {
        "format_version": 1,
        "num_items": len(models.items),
        "categories": [{"name": name, "count": 8} for name in CATEGORIES],
        "attributes": [
            {
                "name": "color",
                "values": [{"value": color, "count": 12} for color in COLORS],
            }
        ],
        "price": {"min": 10.0, "max": 33.0},
        "text_search": True,
        "users": sample,
        "starters": list(models.items)[:12],
    }
    for version in ("1", "2"):
        catalog = folder / version / "assets.extra" / "catalog"
        (catalog / "thumbnails").mkdir(parents=True)
        (catalog / "catalog.json").write_text(json.dumps(summary))
        for item_id, (_, color, _) in models.items.items():
            name = quote(item_id, safe="!~*'()")
            Image.new("RGB", (16, 16), color).save(
                catalog / "thumbnails" / f"{name}.jpg"
            )
    return folder


@pytest.fixture(scope="session")
def events_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the log of feedback."""
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="session")
def url(
    models: StubModels, catalog_dir: Path, events_dir: Path
) -> Iterator[str]:
    """Address of the studio, which logs feedback."""
    listeners = [bind("127.0.0.1", 0) for _ in range(2)]
    rest, page = (listener.getsockname()[1] for listener in listeners)
    config = AppConfig(
        rest_server=f"http://127.0.0.1:{rest}",
        models=("recommender", "designer"),
        model_dirs={"recommender": catalog_dir},
        events_dir=events_dir,
    )
    with (
        serve(models.app, listeners[0]),
        serve(create_app(config), listeners[1]),
    ):
        yield f"http://localhost:{page}/"


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A browser without a memory, on a desktop."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": 1440, "height": 900},
        timezone_id="UTC",
    )
    context.set_default_timeout(MAX_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, models: StubModels) -> Iterator[Page]:
    """An empty tab; at the end no script may have failed."""
    failures: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console",
        lambda message: (
            failures.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    models.calls.clear()
    yield page
    models.is_away, models.version = False, "1"
    models.num_designs = 8
    models.drawn_seeds = set()
    models.has_boldness = models.narrows = True
    assert not failures
