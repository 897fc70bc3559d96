"""`nginx.conf`, run by nginx in front of a model server."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.local_server.server import ModelServer
from serving.studio.security import SECURITY_HEADERS
from serving.studio.server import bind

ROOT = Path(__file__).parents[2]
CATALOG = "models/recommender/7/assets.extra/catalog"
# As root, nginx would read files as another user, who may not.
MAIN = """\
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
user root;
events {{}}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  {temporary}
  include {folder}/default.conf;
}}
"""

pytestmark = pytest.mark.skipif(
    not shutil.which("nginx"), reason="nginx is not installed"
)


def free_port() -> int:
    with bind("127.0.0.1", 0) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def nginx(
    server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Client of nginx with our configuration, other addresses in it."""
    folder = tmp_path_factory.mktemp("nginx")
    thumbnails = folder / CATALOG / "thumbnails"
    thumbnails.mkdir(parents=True)
    (thumbnails / "shirt%2C1.jpg").write_text("photo")
    (thumbnails / "out.jpg").symlink_to(ROOT / "pyproject.toml")
    (folder / CATALOG / "items.jsonl").write_text("{}")
    (folder / "models/recommender/7/saved_model.pb").write_text("secret")
    port = free_port()
    text = (ROOT / "serving" / "nginx.conf").read_text()
    for old, new in {
        "listen 8080": f"listen 127.0.0.1:{port}",
        "root /usr/share/nginx/html": f"root {ROOT}/serving/studio/web",
        "alias /models/": f"alias {folder}/models/",
        "from=/models": f"from={folder}/models",
        "http://serving:8501": f"http://{server.rest_address}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "default.conf").write_text(text)
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        MAIN.format(folder=folder, temporary=temporary)
    )
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")])
    try:
        while not (folder / "pid").exists():
            assert process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.02)
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("path", "status", "cache"),
    [
        ("/", 200, "no-cache"),
        ("/main.js", 200, "no-cache"),
        ("/catalog/recommender/7/items.jsonl", 200, "no-cache"),
        (
            "/catalog/recommender/7/thumbnails/shirt%252C1.jpg",
            200,
            "max-age=31536000",
        ),
        ("/catalog/recommender/7/thumbnails/out.jpg", 403, None),
        ("/catalog/recommender/7/saved_model.pb", 404, None),
        ("/catalog/recommender/7/thumbnails/..%2f..%2fitems.jsonl", 404, None),
        ("/studio/config.json", 404, None),
        ("/v1/models/recommender", 200, None),
        ("/v1/models/recommender/metadata", 200, None),
        ("/v1/models/recommender/labels/a.b", 200, None),
        ("/v1/models/other", 404, None),
        ("/monitoring/prometheus/metrics", 404, None),
    ],
)
def test_the_page_the_catalog_and_the_models_are_served(
    nginx: httpx.Client, path: str, status: int, cache: str | None
) -> None:
    response = nginx.get(path)

    assert response.status_code == status
    for name, text in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [text]
    if cache:
        assert response.headers["cache-control"] == cache


def test_a_prediction_passes_through(nginx: httpx.Client) -> None:
    response = nginx.post(
        "/v1/models/recommender:predict",
        json={"inputs": {"user_id": ["ann"]}},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert response.json()["outputs"]["known_user"] == [True]


def test_texts_are_compressed(nginx: httpx.Client) -> None:
    response = nginx.get("/main.js", headers={"accept-encoding": "gzip"})

    assert response.headers["content-encoding"] == "gzip"
    same = {"if-none-match": response.headers["etag"]}
    assert nginx.get("/main.js", headers=same).status_code == 304


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"host": "evil.example"}, 421), ({"sec-fetch-site": "cross-site"}, 403)],
)
def test_other_sites_are_refused(
    nginx: httpx.Client, headers: dict[str, str], status: int
) -> None:
    response = nginx.get("/v1/models/recommender", headers=headers)

    assert response.status_code == status


def test_a_large_upload_is_answered_in_words(nginx: httpx.Client) -> None:
    response = nginx.post(
        "/v1/models/recommender:predict", content=b"x" * 13_000_000
    )
    assert response.status_code == 413
    assert "at most 12 MB" in response.json()["error"]
