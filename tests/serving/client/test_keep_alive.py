"""The client over a connection that a router forgot."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from serving.client.recommender_client import RecommenderClient
from serving.local_server.server import ModelServer


class Router:
    """Passes bytes on, until it forgets the connections that there are."""

    def __init__(self, target: str) -> None:
        host, port = target.split(":")
        self._target = host, int(port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._forgotten = threading.Event()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """Swallows what comes over old connections, which stay open."""
        self._forgotten.set()
        self._forgotten = threading.Event()

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(
                    target=self._pass_on,
                    args=(one, other, self._forgotten),
                    daemon=True,
                ).start()

    @staticmethod
    def _pass_on(
        one: socket.socket, other: socket.socket, forgotten: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):  # Either of them was closed.
            while data := one.recv(65536):
                if not forgotten.is_set():
                    other.sendall(data)


@pytest.fixture
def router(server: ModelServer) -> Iterator[Router]:
    between = Router(server.address)
    yield between
    between.close()


@pytest.mark.parametrize("rest_seconds", [0.0, 1.5])
def test_a_connection_that_is_forgotten_is_given_up(
    router: Router, rest_seconds: float
) -> None:
    with RecommenderClient(router.address) as client:
        expected = client.recommend(["ann"]).item_ids
        router.forget()
        time.sleep(rest_seconds)
        assert client.recommend(["ann"]).item_ids == expected
    assert router.connections == 2
