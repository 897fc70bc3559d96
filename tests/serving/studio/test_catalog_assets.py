"""Catalog files, and nothing else of a model's folder."""

import http.client
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

ROOT = "/catalog/recommender/7"


def quoted_twice(item_id: str) -> str:
    return quote(quote(item_id, safe="!~*'()"), safe="!~*'()")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("catalog.json", "application/json"),
        ("items.jsonl", "application/jsonl; charset=utf-8"),
    ],
)
def test_facts_are_asked_for_again(
    client, model_dir: Path, name: str, media_type: str
) -> None:
    response = client.get(f"{ROOT}/{name}")

    file = model_dir / "7" / "assets.extra" / "catalog" / name
    assert response.content == file.read_bytes()
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("item_id", ["shirt,1", "ш"])
def test_a_thumbnail_is_found_by_its_id_and_kept(client, item_id: str) -> None:
    response = client.get(f"{ROOT}/thumbnails/{quoted_twice(item_id)}.jpg")

    assert response.content.startswith(b"\xff\xd8\xff")
    assert response.headers["content-type"] == "image/jpeg"
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "catalog/recommender/8/catalog.json",
        "catalog/recommender/7/saved_model.pb",
        "catalog/recommender/7/notes.txt",
        "catalog/recommender/7/thumbnails/",
        "catalog/recommender/7/thumbnails/none.jpg",
        "catalog/recommender/7/thumbnails/out.jpg",  # Links out of the folder.
        "catalog/recommender/7/assets.extra/catalog/catalog.json",
        "catalog/recommender/../secret.jpg",
        "catalog/recommender/7/thumbnails/..%2F..%2F..%2F..%2Fsaved_model.pb",
        "catalog/recommender/%37%2F/catalog.jsonl",
        "catalog/recommender/٧/catalog.json",
        "catalog/designer/3/catalog.json",
        "catalog/",
    ],
)
def test_nothing_else_is_served(client, path: str) -> None:
    assert client.get(f"/{quote(path, safe='/%')}").status_code == 404


SEGMENTS = st.sampled_from(
    [
        *("catalog", "recommender", "7", "assets.extra", "thumbnails"),
        *("catalog.json", "items.jsonl", "saved_model.pb", "notes.txt"),
        *("out.jpg", "secret.jpg", "..", ".", "", "%2e%2e", "..%2f", "%00"),
        *("%252e%252e", "%5c..", "~", "etc", "passwd", "web", "app.py"),
    ]
) | st.text(max_size=4).map(lambda text: quote(text, safe=""))


@settings(max_examples=300, deadline=None)
@given(st.lists(SEGMENTS, max_size=9), st.sampled_from(["", ROOT, "/catalog"]))
def test_no_path_leads_out_of_the_catalog_and_the_page(
    client, segments: list[str], root: str
) -> None:
    connection = http.client.HTTPConnection(
        client.base_url.host, client.base_url.port
    )
    # httpx would resolve the dots.
    connection.request("GET", "/".join([root, *segments]) or "/")
    response = connection.getresponse()
    body = response.read()
    connection.close()

    assert response.status in (200, 404)
    assert b"secret" not in body
    assert b"root:" not in body
    if response.status == 200:
        assert response.headers["Content-Type"] in {
            "text/html; charset=utf-8",
            "application/json",
            "application/jsonl; charset=utf-8",
        }
