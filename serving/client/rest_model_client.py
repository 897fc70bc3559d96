"""What the clients over REST share: connections, deadline, retries."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import grpc
import urllib3

from serving.client.client_base import ClientBase
from serving.client.http_codes import grpc_code
from serving.client.local_rpc_error import CallError
from serving.client.local_rpc_error import reading_answer
from serving.client.predict_request import Found
from serving.client.predict_request import PredictCall
from serving.client.readiness import ReadinessDeadline
from serving.client.readiness import VersionState
from serving.client.readiness import wait_until_available
from serving.client.readiness import why_not_available
from serving.client.rest_json import read_column
from serving.client.rest_json import write_request
from serving.client.retry import call_within_budget
from serving.client.sync_client import SyncClient

# Of one server, which threads that share a client keep open.
_CONNECTIONS = 32


class RestModelClient(SyncClient, ClientBase):
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
        self._pool = pool or urllib3.PoolManager(maxsize=_CONNECTIONS)

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def wait_until_ready(self, timeout_seconds: float = 60.0) -> None:
        """Waits as `ModelClient.wait_until_ready` does."""
        wait = ReadinessDeadline(self._model, self._target, timeout_seconds)
        wait_until_available(self._why_not_ready, wait)

    def _ask(self, question: PredictCall[Found]) -> Found:
        body = write_request(question)
        try:
            outputs = call_within_budget(
                lambda seconds: self._send(
                    "POST", f"{self._url}:predict", body, seconds, "outputs"
                ),
                self._deadline_seconds,
            )
            if not isinstance(outputs, Mapping):
                # The only one that the signature has is not named.
                outputs = {question.outputs[0]: outputs}
            return question.found(outputs, read_column, self._version or 0)
        except grpc.RpcError as error:
            raise self._failure(question, error) from error

    def _why_not_ready(self, seconds: float) -> str:
        # See `GrpcClientBase._readiness`.
        if self._version_label is not None:
            url = f"{self._url}/metadata"
            self._send("GET", url, None, seconds, "metadata")
            return ""
        states = self._send(
            "GET", self._url, None, seconds, "model_version_status"
        )
        with reading_answer():
            return why_not_available(
                VersionState(
                    int(one["version"]),
                    one["state"],
                    one["status"]["error_message"],
                )
                for one in states
            )

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
            CallError: if it fails.
        """
        if seconds <= 0:  # A pause overslept; urllib3 refuses such a timeout.
            raise CallError(
                grpc.StatusCode.DEADLINE_EXCEEDED, "There is no time left"
            )
        give_up_at = time.monotonic() + seconds
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=seconds,
                retries=False,
                preload_content=False,
            )
            body = _read_body(response, give_up_at)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise CallError(
                grpc.StatusCode.DEADLINE_EXCEEDED, str(error)
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise CallError(grpc.StatusCode.UNAVAILABLE, str(error)) from error
        answer = _read_object(body)
        if response.status != 200 or wanted not in answer:
            said = answer.get("error") or _stranger(response.status, body)
            raise CallError(grpc_code(response.status), str(said))
        return answer[wanted]


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _read_body(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """Reads what arrives in time; urllib3 limits the time of each part only.

    Raises:
        CallError: if it is too late.
    """
    parts = []
    while part := response.read1():
        parts.append(part)
        if time.monotonic() > until:
            response.close()
            raise CallError(
                grpc.StatusCode.DEADLINE_EXCEEDED, "The answer was too slow"
            )
    return b"".join(parts)


def _read_object(body: bytes) -> dict[str, Any]:
    """Returns what a JSON object holds; nothing if it is none."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _stranger(status: int, body: bytes) -> str:
    start = body[:200].decode("utf-8", "replace")
    return (
        f"HTTP status {status} with {start!r}, which is no answer of TF Serving"
    )
