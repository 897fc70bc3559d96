"""The page's application over the models of a running model server."""

import contextlib
import math
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from serving.local_server.server import ModelServer
from serving.studio.app import AppConfig
from serving.studio.app import create_app
from serving.studio.server import bind
from serving.studio.server import serve


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 7 of a recommender with a catalog, and files beside it."""
    folder = tmp_path_factory.mktemp("catalog") / "recommender"
    catalog = folder / "7" / "assets.extra" / "catalog"
    thumbnails = catalog / "thumbnails"
    thumbnails.mkdir(parents=True)
    (folder / "7" / "saved_model.pb").write_bytes(b"secret")
    (catalog / "catalog.json").write_text('{"format_version": 1}')
    (catalog / "items.jsonl").write_text('{"item_id": "шапка"}\n')
    (catalog / "notes.txt").write_text("secret")
    for name in ("shirt%2C1", "%D1%88"):
        Image.new("RGB", (2, 2)).save(thumbnails / f"{name}.jpg")
    (folder.parent / "secret.jpg").write_text("secret")
    (thumbnails / "out.jpg").symlink_to(folder.parent / "secret.jpg")
    return folder


@pytest.fixture(scope="session")
def config(server: ModelServer, model_dir: Path) -> AppConfig:
    return AppConfig(
        rest_server=f"http://{server.rest_address}",
        models=("recommender", "designer"),
        model_dirs={"recommender": model_dir},
        rate_limit=math.inf,
    )


@pytest.fixture(scope="session")
def open_page() -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Returns open_page(config): a client of a server on a free port."""

    @contextlib.contextmanager
    def opened(config: AppConfig) -> Iterator[httpx.Client]:
        listener = bind("127.0.0.1", 0)
        url = f"http://localhost:{listener.getsockname()[1]}"
        with (
            serve(create_app(config), listener),
            httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
        ):
            yield client

    return opened


@pytest.fixture(scope="session")
def client(config: AppConfig, open_page) -> Iterator[httpx.Client]:
    """Client of a server of both models, without a rate limit."""
    with open_page(config) as client:
        yield client


@pytest.fixture
def predict(client: httpx.Client) -> Callable[..., httpx.Response]:
    """Returns predict(model, signature, name=rows...)."""

    def post(model: str, signature: str, **inputs: object) -> httpx.Response:
        return client.post(
            f"/v1/models/{model}:predict",
            json={"signature_name": signature, "inputs": inputs},
        )

    return post
