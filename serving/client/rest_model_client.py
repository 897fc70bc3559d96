"""Base of the REST clients: connection pool, deadline and retries."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import grpc
import urllib3

from serving.client.http_codes import grpc_code
from serving.client.local_rpc_error import CallError
from serving.client.local_rpc_error import reading_answer
from serving.client.predict_request import PredictCall
from serving.client.predict_request import Result
from serving.client.readiness import VersionState
from serving.client.readiness import why_not_available
from serving.client.rest_json import read_column
from serving.client.rest_json import write_request
from serving.client.retry import call_within_budget
from serving.client.sync_client import SyncClient

# Connections kept open per server, for threads that share a client.
_CONNECTIONS = 32


class RestModelClient(SyncClient):
    """Blocking REST client of one model on one server; thread-safe."""

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
        """Stores the target without sending anything.

        Args:
            url: URL of the REST API, such as "http://localhost:8501".
            model: Model name on the server; `MODEL` if None.
            version: Model version; the newest if None.
            version_label: Version label instead of a version, such as "canary".
            deadline_seconds: Seconds for a call, retries included;
                `DEADLINE_SECONDS` if None.
            pool: Connection pool, such as `PoolManager(ca_certs=...)` for a
                proxy with a private CA; a pool of 32 connections if None.

        Raises:
            ValueError: if both a version and a label are given, the deadline is
                not positive, or the URL has another scheme.
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

    def _send(self, call: PredictCall[Result]) -> Result:
        body = write_request(call)
        try:
            outputs = call_within_budget(
                lambda seconds: self._attempt(
                    "POST", f"{self._url}:predict", body, seconds, "outputs"
                ),
                self._deadline_seconds,
            )
            if not isinstance(outputs, Mapping):
                # TF Serving leaves out the name of a single output.
                outputs = {call.signature.outputs[0].name: outputs}
            return call.decode(outputs, read_column, self._version or 0)
        except grpc.RpcError as error:
            raise self._failure(call, error) from error

    def _why_not_ready(self, seconds: float) -> str:
        # See `GrpcClientBase._readiness`.
        if self._version_label is not None:
            url = f"{self._url}/metadata"
            self._attempt("GET", url, None, seconds, "metadata")
            return ""
        states = self._attempt(
            "GET", self._url, None, seconds, "model_version_status"
        )
        with reading_answer():
            return why_not_available(
                VersionState(
                    int(state["version"]),
                    state["state"],
                    state["status"]["error_message"],
                )
                for state in states
            )

    def _attempt(
        self,
        method: str,
        url: str,
        body: bytes | None,
        seconds: float,
        key: str,
    ) -> Any:
        """Sends one attempt and returns the value of a key of the response.

        Raises:
            CallError: if the attempt fails.
        """
        if seconds <= 0:  # The pause was too long; urllib3 rejects 0 s.
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
        document = _read_object(body)
        if response.status != 200 or key not in document:
            reason = document.get("error") or (
                f"HTTP status {response.status} with body "
                f"{body[:200].decode('utf-8', 'replace')!r}, not a TF Serving "
                "response"
            )
            raise CallError(grpc_code(response.status), str(reason))
        return document[key]


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _read_body(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """Reads the body until a deadline; urllib3 limits each read only.

    Raises:
        CallError: if the deadline passes first.
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
    """Parses a JSON object; returns an empty dict for anything else."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
