"""`ServingError`, raised by all clients for a failed call."""

import os

import grpc

from serving.client.grpc_channel import PROXY

_ADVICE = {
    grpc.StatusCode.CANCELLED: "Close the client after its calls, not before.",
    grpc.StatusCode.UNAVAILABLE: "Check that a server runs at this address.",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "Send fewer rows, or try again later.",
    grpc.StatusCode.DEADLINE_EXCEEDED: "Send fewer rows, or allow more time.",
    grpc.StatusCode.NOT_FOUND: "Check which models and versions it serves.",
    grpc.StatusCode.FAILED_PRECONDITION: (
        "Check that the model was exported with this signature."
    ),
    grpc.StatusCode.INVALID_ARGUMENT: "Check the values that were sent.",
    grpc.StatusCode.UNIMPLEMENTED: (
        "Check that this is the gRPC port of TF Serving."
    ),
}


class ServingError(Exception):
    """Failed call; the text names the request, the server and the reason.

    Attributes:
        code: gRPC status code.
        message: Human-readable description with a remedy.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        """Stores the status code and the message.

        Args:
            code: gRPC status code.
            message: Human-readable description with a remedy.
        """
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_rpc(
        cls, request: str, target: str, error: grpc.RpcError
    ) -> "ServingError":
        """Creates the error of a failed RPC, with a remedy by status code.

        Args:
            request: Description of the request, such as "embed_users of model
                'recommender'".
            target: Address of the server.
            error: Error of the failed RPC.
        """
        code = error.code()
        # TensorFlow appends the failed op's position in the graph, on a new
        # line.
        details = error.details() or "no reason given"
        reason = " ".join(details.partition("\n\t [[")[0].split())
        advice = _ADVICE.get(code, "See the server's log.")
        is_url = target.startswith(("http://", "https://"))
        if code == grpc.StatusCode.UNAVAILABLE and not is_url:
            advice = _advice_on_address(reason)
        return cls(
            code,
            f"{request} at {target} failed with {code.name}: "
            f"{reason.removesuffix('.')}. {advice}",
        )


def _advice_on_address(reason: str) -> str:
    """Returns the remedy if a gRPC server is unreachable."""
    advice = _ADVICE[grpc.StatusCode.UNAVAILABLE]
    if "Failed parsing HTTP/2" in reason:
        return (
            "This looks like the REST port; give the port of gRPC, 8500 by "
            "default."
        )
    if os.environ.get(PROXY):
        return (
            f"{advice} Calls go through the proxy that {PROXY} names, except "
            "to the hosts of no_proxy."
        )
    if any(os.environ.get(name) for name in ("https_proxy", "http_proxy")):
        return (
            f"{advice} No proxy was used: gRPC calls go through the one that "
            f"{PROXY} names, not through that of http_proxy."
        )
    return advice
