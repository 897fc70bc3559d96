"""What the clients over REST share: connections, deadline, retries."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import grpc
import urllib3

from serving.clients.calls import Calls
from serving.clients.client_base import ClientBase
from serving.clients.question import Found
from serving.clients.question import Question
from serving.clients.readiness import CALL_SECONDS
from serving.clients.readiness import VersionState
from serving.clients.readiness import Wait
from serving.clients.readiness import wait_until_available
from serving.clients.rest_values import read_outputs
from serving.clients.rest_values import write_request
from serving.clients.retry import call_within_budget
from serving.http_codes import grpc_code


class RestError(grpc.RpcError):
    """A request that failed, as gRPC would tell it."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        """Keeps what went wrong.

        Args:
            code: The gRPC code that TF Serving made an HTTP code of.
            details: What it says.
        """
        super().__init__(details)
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        """Returns the code."""
        return self._code

    def details(self) -> str:
        """Returns what the server says."""
        return self._details


class RestModelClient(Calls, ClientBase):
    """Asks one model of one server; safe to share between threads."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        version: int | None = None,
        version_label: str | None = None,
        deadline_seconds: float | None = None,
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        """Keeps whom to ask; nothing is sent yet.

        Args:
            url: Of the REST API, such as "http://localhost:8501".
            model: As `ClientBase` takes it, like the next three.
            version: As above.
            version_label: As above.
            deadline_seconds: As above.
            pool: Makes the connections: `PoolManager(ca_certs=...)` for a
                proxy with a certificate of one's own.

        Raises:
            ValueError: As `ClientBase` does, or if the URL is none.
        """
        super().__init__(url, model, version, version_label, deadline_seconds)
        if not url.startswith(("http://", "https://")):
            raise ValueError(
                "url must begin with http:// or https://, such as "
                f"http://localhost:8501; received '{url}'."
            )
        self._url = f"{url.rstrip('/')}/v1/models/{_quoted(self._model)}"
        if version is not None:
            self._url += f"/versions/{version}"
        if version_label is not None:
            self._url += f"/labels/{_quoted(version_label)}"
        self._pool = pool or urllib3.PoolManager()

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits as `ModelClient.wait_until_ready` does."""
        wait = Wait(self._model, self._target, timeout_seconds)
        wait_until_available(self._states, wait)

    def _ask(self, question: Question[Found]) -> Found:
        body = write_request(question)
        try:
            outputs = call_within_budget(
                lambda seconds: self._send(
                    "POST", f"{self._url}:predict", body, seconds, "outputs"
                ),
                self._deadline_seconds,
            )
        except grpc.RpcError as error:
            raise self._failure(question, error) from error
        columns = read_outputs(question, outputs)
        return question.read(columns, self._version or 0)

    def _states(self) -> Sequence[VersionState]:
        states = self._send(
            "GET", self._url, None, CALL_SECONDS, "model_version_status"
        )
        return [
            VersionState(
                int(one["version"]),
                one["state"],
                one["status"]["error_message"],
            )
            for one in states
        ]

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        seconds: float,
        wanted: str,
    ) -> Any:
        """Makes one try, and returns what the answer holds under a name.

        Raises:
            RestError: if it fails.
        """
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=seconds,
                retries=False,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise RestError(
                grpc.StatusCode.DEADLINE_EXCEEDED, str(error)
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise RestError(grpc.StatusCode.UNAVAILABLE, str(error)) from error
        answer = _read_object(response.data)
        if response.status != 200 or wanted not in answer:
            said = answer.get("error", _stranger(response))
            raise RestError(grpc_code(response.status), said)
        return answer[wanted]


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _read_object(body: bytes) -> dict[str, Any]:
    """Returns what a JSON object holds; nothing if it is none."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _stranger(response: urllib3.BaseHTTPResponse) -> str:
    start = response.data[:200].decode("utf-8", "replace")
    return (
        f"HTTP status {response.status} with {start!r}, which is no answer of "
        "TF Serving"
    )
