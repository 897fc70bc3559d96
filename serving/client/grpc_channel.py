"""Channels of the gRPC clients: address, proxy, options."""

import os
import re
from typing import Any

import grpc

from serving.client.grpc_options import MESSAGE_SIZE_OPTIONS

PROXY = "grpc_proxy"
"""Environment variable of gRPC with the address of an HTTP proxy."""
_OPTIONS = (
    *MESSAGE_SIZE_OPTIONS,
    # `serving.client.retry` does the retries. A restarted server is reconnected
    # within 1 s instead of gRPC's 2 minutes.
    ("grpc.enable_retries", 0),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # A connection that a router dropped silently loses what is sent. Idle
    # connections are closed before that; during a call, unanswered pings close
    # the connection early enough for a retry. gRPC sends at most two pings
    # without data, which servers accept.
    ("grpc.client_idle_timeout_ms", 60_000),
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.http2.ping_timeout_ms", 2_000),
    # Spreads calls over all servers that dns:///NAME:PORT resolves to.
    ("grpc.lb_policy_name", "round_robin"),
)
_HOST_AND_PORT = re.compile(r"(?:\[.+\]|[^:/]+):(\d+)")
_SCHEME = re.compile(r"(?:dns|ipv4|ipv6|unix|unix-abstract|vsock|xds):")


def open_channel(
    api: Any, target: str, credentials: grpc.ChannelCredentials | None
) -> Any:
    """Opens a channel without connecting.

    gRPC would send all calls through the proxy of `http_proxy`, localhost
    included. A proxy is used only if `grpc_proxy` names it.

    Args:
        api: `grpc` for blocking calls, `grpc.aio` for awaitable ones.
        target: Address of the gRPC service, host:port or a name of gRPC such as
            dns:///host:port.
        credentials: TLS credentials; the channel is not encrypted if None.

    Returns:
        Channel of `api`.

    Raises:
        ValueError: if the target is a URL, or has no valid port.
    """
    _check_target(target)
    options = [*_OPTIONS, ("grpc.enable_http_proxy", int(PROXY in os.environ))]
    if credentials:
        return api.secure_channel(target, credentials, options)
    return api.insecure_channel(target, options)


def _check_target(target: str) -> None:
    if target.startswith(("http://", "https://")):
        raise ValueError(
            "The address of a gRPC server is host:port, without http:// and "
            f"path; received '{target}'."
        )
    matched = _HOST_AND_PORT.fullmatch(target)
    if not matched and not _SCHEME.match(target):
        raise ValueError(
            "The address of a gRPC server is host:port, such as "
            f"localhost:8500; received '{target}' without a port."
        )
    if matched and not 0 < int(matched[1]) < 2**16:
        raise ValueError(
            "The port of a gRPC server is from 1 to 65535, 8500 by default; "
            f"received '{target}'."
        )
