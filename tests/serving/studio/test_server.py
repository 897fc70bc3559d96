"""HTTP server in a thread."""

import asyncio
import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from atelier.io.errors import UserError
from serving.studio import server
from serving.studio.server import bind
from serving.studio.server import serve


def test_a_taken_port_is_said_in_words() -> None:
    with bind("127.0.0.1", 0) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(
            UserError, match=f"127.0.0.1:{port}: .*another port"
        ):
            bind("127.0.0.1", port)


def test_an_unknown_address_is_said_in_words() -> None:
    with pytest.raises(UserError, match="cannot listen on 192.0.2.1:0"):
        bind("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("seconds", "grace", "answer"),
    [(0.3, 60, "done"), (60, 0, '{"error":"The studio was stopped."}')],
)
def test_a_request_in_flight_is_answered_at_the_end(
    monkeypatch, caplog, seconds: float, grace: int, answer: str
) -> None:
    monkeypatch.setattr(server, "_SECONDS_OF_GRACE", grace)
    started = threading.Event()

    async def slow(_: Request) -> PlainTextResponse:
        started.set()
        await asyncio.sleep(seconds)
        return PlainTextResponse("done")

    answers = []
    listener = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with serve(Starlette(routes=[Route("/", slow)]), listener):
        call = threading.Thread(
            target=lambda: answers.append(httpx.get(url, trust_env=False).text)
        )
        call.start()
        started.wait()
    call.join()

    assert answers == [answer]
    assert "Traceback" not in caplog.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
