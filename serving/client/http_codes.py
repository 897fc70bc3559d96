"""Mapping between gRPC and HTTP status codes, as in TF Serving's REST API."""

import grpc

INTERNAL = 500
"""HTTP code of every gRPC code that is not in `HTTP_CODES`."""

HTTP_CODES = {
    grpc.StatusCode.CANCELLED: 499,
    # `grpc_code` maps an HTTP code back to the first entry with that code.
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
# Not sent by TF Serving, but by a proxy while TF Serving restarts.
_BAD_GATEWAY = 502


def grpc_code(http_code: int) -> grpc.StatusCode:
    """Returns the first gRPC code of an HTTP code; INTERNAL if unknown."""
    if http_code == _BAD_GATEWAY:
        return grpc.StatusCode.UNAVAILABLE
    for code, http in HTTP_CODES.items():
        if http == http_code:
            return code
    return grpc.StatusCode.INTERNAL
