"""The studio beside the local server."""

import logging
import re

import httpx
import pytest

from atelier.io.errors import UserError
from serving.local_server import cli
from serving.local_server.cli import LocalServerOptions
from serving.studio.server import bind


def options_of(*flags: str) -> LocalServerOptions:
    return LocalServerOptions.parse(["--model", "m=models", *flags], "", "")


@pytest.mark.parametrize(
    ("flags", "port"),
    [
        ((), None),
        (("--rest_api_port", "8501"), 8501),
        (("--studio_port", "8080"), 0),
        (("--studio_port", "8080", "--rest_api_port", "8501"), 8501),
    ],
)
def test_the_studio_needs_a_rest_api(flags: tuple[str, ...], port) -> None:
    assert cli._rest_port(options_of(*flags)) == port


def test_the_studio_shows_the_models_of_the_server(server, caplog) -> None:
    caplog.set_level(logging.INFO)

    with cli._studio(options_of("--studio_port", "0"), server):
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", caplog.text)
        config = httpx.get(f"{url}/studio/config.json", trust_env=False).json()
        health = httpx.get(f"{url}/studio/health", trust_env=False).json()

    assert config["models"] == ["recommender", "designer"]
    assert health == {"models": {"recommender": ["7"], "designer": ["3"]}}


def test_a_taken_port_of_the_studio_is_said_in_words(server) -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        port = str(listener.getsockname()[1])

        with pytest.raises(UserError, match="choose another port"):
            cli._studio(options_of("--studio_port", port), server)
