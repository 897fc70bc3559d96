"""Headers of every response, and requests of other web sites."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from serving.studio.security import CONTENT_SECURITY_POLICY
from serving.studio.security import LOOPBACK_HOSTS
from serving.studio.security import SECURITY_HEADERS
from serving.studio.security import SameOrigin


def call(method: str, host: str, **headers: str) -> httpx.Response:
    """Sends a request through `SameOrigin` to an app that says yes."""
    app = SameOrigin(
        PlainTextResponse("yes"), {*LOOPBACK_HOSTS, "shop.example"}
    )
    named = {name.replace("_", "-"): text for name, text in headers.items()}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(
                method, "http://any/", headers={"host": host, **named}
            )

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/catalog/recommender/7/thumbnails/shirt%252C1.jpg", {}, 200),
        ("GET", "/v1/models/recommender", {}, 200),
        ("GET", "/nothing", {}, 404),
        ("GET", "/v1/models/recommender:predict", {}, 405),
        ("GET", "/", {"host": "evil.example"}, 421),
        ("POST", "/", {"origin": "http://evil.example"}, 403),
        ("POST", "/v1/models/recommender:predict", {}, 400),
    ],
)
def test_every_response_has_the_headers(
    client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = client.request(method, path, headers=headers)

    assert response.status_code == status
    for name, text in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [text]
    assert "server" not in response.headers


def test_the_policy_allows_nothing_inline_and_no_other_host() -> None:
    policy = dict(
        directive.split(" ", 1)
        for directive in CONTENT_SECURITY_POLICY.split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "shop.example",
    ],
)
def test_the_own_names_are_answered(host: str) -> None:
    assert call("GET", host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8080",
        "localhost:8080:80",
        "localhost@evil.example",
        "localhost ",
        "[::1",
        "",
    ],
)
def test_other_names_are_dns_rebinding(host: str) -> None:
    response = call("GET", host)

    assert response.status_code == 421
    assert "--allowed_host" in response.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {},  # A program.
        {"origin": "http://localhost:8080"},
        {"origin": "https://localhost:8080"},  # Behind a proxy with TLS.
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
    ],
)
def test_the_own_page_may_write(headers: dict[str, str]) -> None:
    assert call("POST", "localhost:8080", **headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:9090"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "http://localhost:8080", "sec_fetch_site": "cross-site"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_site_may_not_write(
    method: str, headers: dict[str, str]
) -> None:
    response = call(method, "localhost:8080", **headers)

    assert response.status_code == 403
    assert response.json() == {
        "error": "Only the studio's own page may send this."
    }
