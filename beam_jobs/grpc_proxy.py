"""Exclusion of localhost from the HTTP proxy that gRPC uses."""

import os

_EXCLUDED = "no_grpc_proxy"
"""Environment variable of gRPC, which then ignores `no_proxy`."""


def exclude_localhost() -> None:
    """Lets gRPC in this process and its children reach localhost directly.

    Beam's runner and its workers communicate by gRPC on localhost. With
    `http_proxy` set, gRPC would ask the proxy for it, and the job would hang.
    """
    given = os.environ.get(_EXCLUDED) or os.environ.get("no_proxy", "")
    hosts = [*given.split(","), "localhost", "127.0.0.1"]
    os.environ[_EXCLUDED] = ",".join(dict.fromkeys(filter(None, hosts)))
