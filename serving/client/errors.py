"""The one error that a client raises."""

import grpc

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
    """A call that failed; its text says what was asked, of whom, and why.

    Attributes:
        code: The gRPC status code.
        message: One sentence for a person.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        """Keeps the code and the sentence.

        Args:
            code: The gRPC status code.
            message: One sentence for a person.
        """
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_rpc(
        cls, asked: str, target: str, error: grpc.RpcError
    ) -> "ServingError":
        """Says what went wrong with a call and what to do about it.

        Args:
            asked: What was asked, such as "embed_users of model 'recommender'".
            target: The server's host:port.
            error: What gRPC raised.
        """
        code = error.code()
        # An op adds, on a second line, where in the graph it stands.
        said = (error.details() or "no reason given").partition("\n\t [[")[0]
        said = " ".join(said.split())
        advice = _ADVICE.get(code, "See the server's log.")
        return cls(
            code,
            f"{asked} at {target} failed with {code.name}: "
            f"{said.removesuffix('.')}. {advice}",
        )
