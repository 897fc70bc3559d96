"""ASGI application of the page: its files, the catalog, and the models."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from collections.abc import Collection
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Mount
from starlette.routing import Route
from starlette.types import ASGIApp

from serving.experiments.assignment import Experiment
from serving.studio.catalog_assets import CatalogAssets
from serving.studio.event_log import MAX_TOTAL_BYTES
from serving.studio.event_log import EventLog
from serving.studio.model_proxy import ModelProxy
from serving.studio.page_assets import PageAssets
from serving.studio.security import LOOPBACK_HOSTS
from serving.studio.security import SameOrigin
from serving.studio.security import SecurityHeaders

_SENTENCES = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address does not take such a request.",
}
"""Sentences in place of the phrases of Starlette."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AppConfig:
    """Settings of the application.

    Attributes:
        rest_server: URL of the model server's REST API.
        models: Names of the served models.
        model_dirs: Folders of the versions by model, for the catalog files.
        allowed_hosts: Names of the server in the address bar, without the
            port, besides those of the own machine.
        rate_limit: Requests per second of each client, a fifth as many with
            images; infinite for no limit.
        events_dir: Folder of the feedback log; None for no log.
        max_event_bytes: Maximum size of the feedback log.
        experiment: Running experiment; None for none.
    """

    rest_server: str
    models: tuple[str, ...]
    model_dirs: Mapping[str, Path]
    allowed_hosts: Collection[str] = ()
    rate_limit: float = 20.0
    events_dir: Path | None = None
    max_event_bytes: int = MAX_TOTAL_BYTES
    experiment: Experiment | None = None


def create_app(config: AppConfig) -> ASGIApp:
    """Builds the application.

    Args:
        config: Settings.

    Example:
        app = create_app(
            AppConfig(
                rest_server="http://localhost:8501",
                models=("recommender",),
                model_dirs={"recommender": Path("models/recommender")},
            )
        )
        uvicorn.run(app)
    """
    proxy = ModelProxy(config.rest_server, config.models, config.rate_limit)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.close()

    hosts = LOOPBACK_HOSTS.union(map(str.lower, config.allowed_hosts))
    app = Starlette(
        routes=_routes(config, proxy),
        middleware=[Middleware(SameOrigin, hosts=hosts)],
        exception_handlers={HTTPException: _refuse, Exception: _fail},
        lifespan=lifespan,
    )
    # Around all of it, because the answer to a failure passes no middleware.
    return SecurityHeaders(app)


def _routes(config: AppConfig, proxy: ModelProxy) -> list[BaseRoute]:
    async def show_config(_: Request) -> Response:
        experiment = config.experiment
        return _uncached(
            {
                "feedback": config.events_dir is not None,
                "experiment": experiment and dataclasses.asdict(experiment),
                "models": list(config.models),
            }
        )

    async def show_health(_: Request) -> Response:
        versions = {
            model: await proxy.available_versions(model)
            for model in config.models
        }
        return _uncached({"models": versions})

    routes: list[BaseRoute] = [
        Route("/studio/config.json", show_config),
        Route("/studio/health", show_health),
        Route(
            "/v1/models/{target:path}", proxy.answer, methods=["GET", "POST"]
        ),
    ]
    if config.events_dir:
        log = EventLog(
            config.events_dir,
            config.rate_limit,
            max_total_bytes=config.max_event_bytes,
        )
        routes.append(Route("/studio/events", log.answer, methods=["POST"]))
    routes += [
        Mount(f"/catalog/{model}", CatalogAssets(folder))
        for model, folder in config.model_dirs.items()
    ]
    return [*routes, Mount("/", PageAssets())]


def _uncached(document: object) -> Response:
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _SENTENCES.get(error.detail, error.detail)
    return JSONResponse(
        {"error": sentence}, error.status_code, headers=error.headers
    )


async def _fail(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": "The studio failed; its log says more."}, 500)
