"""Proxy of a model server's REST API, for the requests of the page alone."""

import json
import logging
import re
from collections.abc import Collection

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import IMAGE
from atelier.schema.signatures import Signature
from serving.studio.error_sentences import explain
from serving.studio.predict_check import check_predict
from serving.studio.rate_limit import RateLimit
from serving.studio.request_body import read_body

MAX_BODY_BYTES = 12 * 2**20
"""Maximum size of a prediction request: an image of 8 MB in base64."""

_TARGET = re.compile(
    r"(?P<model>[a-z]+)"
    r"(?:/versions/[0-9]{1,19}|/labels/[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?"
    r"(?P<verb>/metadata|:predict)?"
)
# A design takes many steps; the same limit as --rest_api_timeout_in_ms.
_TIMEOUT = httpx.Timeout(120.0, connect=2.0)
_BURST_SECONDS = 3
# Designs and uploads take a core for a second, lists for milliseconds.
_COST_OF_IMAGES = 5
_AWAY = "The model server does not answer; try again in a moment."

_logger = logging.getLogger(__name__)


class ModelProxy:
    """Proxy of the REST API of TF Serving or of the local server.

    Args:
        url: URL of the server, without a path.
        models: Names of the models that the page may call.
        rate: Requests per second of each client; predictions with images count
            five times. Infinite for no limit.
    """

    def __init__(self, url: str, models: Collection[str], rate: float) -> None:
        self._models = models
        # No proxy of the environment: the server is on the same machine or in
        # the same cluster.
        self._client = httpx.AsyncClient(
            base_url=url, timeout=_TIMEOUT, trust_env=False
        )
        self._requests = RateLimit(rate, rate * _BURST_SECONDS)
        rate /= _COST_OF_IMAGES
        self._images = RateLimit(rate, rate * _BURST_SECONDS)

    async def close(self) -> None:
        """Closes the connections to the server."""
        await self._client.aclose()

    async def answer(self, request: Request) -> Response:
        """Handles a request whose parameter `target` follows `/v1/models/`.

        Raises:
            HTTPException: If the request is not one of the page's, is
                malformed, comes too fast, or the server fails.
        """
        target = request.path_params["target"]
        match = _TARGET.fullmatch(target)
        if not match:
            raise HTTPException(404)
        if match["model"] not in self._models:
            raise HTTPException(404, f"There is no {match['model']} here.")
        if (request.method == "POST") != (match["verb"] == ":predict"):
            raise HTTPException(405)
        self._requests.check(request)
        body = None
        if request.method == "POST":
            raw = await read_body(request, MAX_BODY_BYTES)
            checked = await run_in_threadpool(
                check_predict, match["model"], raw
            )
            if _has_images(match["model"], checked.signature):
                self._images.check(request)
            body = checked.body
        return Response(
            await self._call(target, match["model"], body),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def available_versions(self, model: str) -> list[str]:
        """Returns the versions of a model that the server can call.

        Raises:
            HTTPException: If the server is away or does not have the model.
        """
        answer = await self._call(model, model, None)
        statuses = json.loads(answer)["model_version_status"]
        return [
            status["version"]
            for status in statuses
            if status["state"] == "AVAILABLE"
        ]

    async def _call(self, target: str, model: str, body: bytes | None) -> bytes:
        """Calls the server; raises `HTTPException` for its errors."""
        method = "GET" if body is None else "POST"
        try:
            response = await self._client.request(
                method,
                f"/v1/models/{target}",
                content=body,
                headers={"Content-Type": "application/json"},
            )
        except httpx.ReadTimeout as error:
            raise HTTPException(504, explain(504, "", model)) from error
        except httpx.HTTPError as error:
            raise HTTPException(503, _AWAY, {"Retry-After": "2"}) from error
        if response.status_code != 200:
            _logger.warning(
                "%s %s: %d %s",
                method,
                target,
                response.status_code,
                response.text[:1000],
            )
            # A redirect would lead the page away.
            status = max(response.status_code, 400)
            raise HTTPException(status, explain(status, response.text, model))
        return response.content


def _has_images(model: str, signature: Signature) -> bool:
    return model == DESIGNER or any(
        tensor.name == IMAGE.name for tensor in signature.inputs
    )
