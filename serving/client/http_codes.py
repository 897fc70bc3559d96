"""The HTTP status codes of gRPC's, as TF Serving's REST API has them."""

import grpc

INTERNAL = 500
"""The HTTP code of all that have none of their own."""

HTTP_CODES = {
    grpc.StatusCode.CANCELLED: 499,
    # The first of each HTTP code is what a client takes it for.
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
# TF Serving never says so; a proxy does while TF Serving restarts.
_BAD_GATEWAY = 502


def grpc_code(http_code: int) -> grpc.StatusCode:
    """Returns the first gRPC code of an HTTP one, INTERNAL if there is none."""
    if http_code == _BAD_GATEWAY:
        return grpc.StatusCode.UNAVAILABLE
    for code, http in HTTP_CODES.items():
        if http == http_code:
            return code
    return grpc.StatusCode.INTERNAL
