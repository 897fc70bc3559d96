"""Predict request and response decoding, independent of gRPC and REST."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import TypeVar

import grpc
import numpy.typing as npt

from atelier.schema.signatures import ERROR
from atelier.schema.signatures import SIGNATURES
from atelier.schema.signatures import Signature
from serving.client.encode_inputs import encode_inputs
from serving.client.local_rpc_error import CallError
from serving.client.local_rpc_error import reading_answer

Outputs = Mapping[str, npt.NDArray[Any]]
Result = TypeVar("Result")
_Encoded = TypeVar("_Encoded")


@dataclasses.dataclass(frozen=True, eq=False)
class PredictCall(Generic[Result]):
    """One call of a signature.

    Attributes:
        signature: Signature to call.
        inputs: Input columns by name, [batch, ...]; text and image files are
            bytes in object arrays.
        read: Function from the outputs and the model version that answered to
            the typed result.
    """

    signature: Signature
    inputs: Outputs
    read: Callable[[Outputs, int], Result]

    def decode(
        self,
        outputs: Mapping[str, _Encoded],
        read_column: Callable[[_Encoded], npt.NDArray[Any]],
        version: int,
    ) -> Result:
        """Decodes a response.

        A signature may reject single rows and answer the others. Its output
        `error` holds the reason, or "" for an accepted row.

        Args:
            outputs: All outputs of the response by name, still encoded.
            read_column: Function that converts one output to an array.
            version: Model version that answered.

        Returns:
            Typed result of `read`.

        Raises:
            CallError: if a row was rejected, or the response cannot be read.
        """
        with reading_answer():
            columns = {
                output.name: read_column(outputs[output.name])
                for output in {*self.signature.outputs, ERROR}
                if output.name in outputs
            }
            errors = list(filter(None, columns.get(ERROR.name, ())))
            if not errors:
                return self.read(columns, version)
            reason = errors[0].decode(errors="replace")
        raise CallError(grpc.StatusCode.INVALID_ARGUMENT, reason)


def predict_call(
    model: str,
    signature: str,
    read: Callable[[Outputs, int], Result],
    **arguments: Sequence[Any],
) -> PredictCall[Result]:
    """Builds a call of a signature.

    Args:
        model: Model name in `SIGNATURES`.
        signature: Name of the signature.
        read: Function from the outputs and the version to the typed result.
        **arguments: Rows of each input, by the name of its argument.

    Raises:
        ValueError: if an argument is invalid.
    """
    called = SIGNATURES[model].get(signature)
    if called is None:
        raise ValueError(
            f"signature must be one of {', '.join(SIGNATURES[model])}; "
            f"received '{signature}'."
        )
    return PredictCall(called, encode_inputs(called, arguments), read)
