"""Files of the page."""

import asyncio
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

from serving.studio.page_assets import MEDIA_TYPES
from serving.studio.page_assets import WEB
from serving.studio.page_assets import PageAssets


def test_the_page_is_at_the_root(client) -> None:
    response = client.get("/")

    assert response.content == (WEB / "index.html").read_bytes()
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_every_file_has_its_type(client) -> None:
    for path in WEB.rglob("*.*"):
        response = client.get(f"/{path.relative_to(WEB)}")

        assert response.content == path.read_bytes()
        assert response.headers["content-type"] == MEDIA_TYPES[path.suffix]


def test_a_browser_asks_for_a_file_again(client) -> None:
    response = client.get("/")

    assert response.headers["cache-control"] == "no-cache"

    unchanged = client.get(
        "/", headers={"if-none-match": response.headers["etag"]}
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["cache-control"] == "no-cache"


def test_only_files_listed_at_the_start_are_served(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    (folder / "views").mkdir(parents=True)
    for name in ("page.js", ".env", "notes.txt", "views/list.js"):
        (folder / name).write_text("text")
    (tmp_path / "secret.js").write_text("secret")
    assets = PageAssets(folder)
    (folder / "later.js").write_text("text")
    scope = {"type": "http", "method": "GET", "headers": []}

    for path in ("page.js", "views/list.js"):
        response = asyncio.run(assets.get_response(path, scope))
        assert response.status_code == 200
    for path in (
        ".",
        "..",
        ".env",
        "notes.txt",
        "views",
        "views/../.env",
        "later.js",
        "../secret.js",
        str(tmp_path / "secret.js"),
    ):
        with pytest.raises(HTTPException):
            asyncio.run(assets.get_response(path, scope))
