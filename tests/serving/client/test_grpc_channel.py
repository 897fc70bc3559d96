"""Addresses of servers, and proxies on the way to them."""

import http.server
import threading

import pytest

from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer

NO_PROXY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("http://localhost:8500", "without http:// and path; received 'http:"),
        ("https://localhost/v1", "without http:// and path"),
        ("localhost", "such as localhost:8500; received 'localhost' without a"),
        ("localhost:", "received 'localhost:' without a port"),
        ("::1", "received '::1' without a port"),
        ("localhost:0", "from 1 to 65535"),
        ("localhost:85000", "from 1 to 65535"),
    ],
)
def test_an_invalid_address_is_one_sentence(target: str, text: str):
    with pytest.raises(ValueError, match=text):
        RecommenderClient(target)


@pytest.mark.parametrize(
    "target", ["[::1]:8500", "dns:///models:8500", "unix:/run/models", "dns:1"]
)
def test_other_addresses_are_passed_on(target: str):
    RecommenderClient(target).close()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch):
    """Returns proxy(name): sets a variable to a proxy that is not there."""
    variables = "http_proxy https_proxy grpc_proxy no_proxy no_grpc_proxy"
    for name in variables.split():
        monkeypatch.delenv(name, raising=False)
    return lambda name: monkeypatch.setenv(name, NO_PROXY)


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy"])
def test_a_proxy_for_http_is_not_used(server: ModelServer, proxy, name: str):
    proxy(name)
    with RecommenderClient(server.address) as client:
        assert client.recommend(["ann"]).known.all()
    with (
        RecommenderClient("127.0.0.1:1", deadline_seconds=0.2) as client,
        pytest.raises(ServingError, match="No proxy was used: gRPC calls go"),
    ):
        client.recommend(["ann"])


def test_a_proxy_for_grpc_is_named(server: ModelServer, proxy):
    proxy("grpc_proxy")
    with (
        RecommenderClient(server.address, deadline_seconds=0.2) as client,
        pytest.raises(ServingError, match="the proxy that grpc_proxy names"),
    ):
        client.recommend(["ann"])


def test_the_port_of_rest_is_one_sentence():
    handler = http.server.BaseHTTPRequestHandler
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        target = f"127.0.0.1:{web.server_port}"
        with (
            RecommenderClient(target, deadline_seconds=0.5) as client,
            pytest.raises(ServingError, match="This looks like the REST port"),
        ):
            client.recommend(["ann"])
        web.shutdown()
