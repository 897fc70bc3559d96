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

from serving.client.local_rpc_error import CallError
from serving.client.local_rpc_error import reading_answer

Outputs = Mapping[str, npt.NDArray[Any]]
Found = TypeVar("Found")
_Carried = TypeVar("_Carried")

_REFUSED = "error"


@dataclasses.dataclass(frozen=True, eq=False)
class PredictCall(Generic[Found]):
    """One call of a signature.

    Attributes:
        signature: Name of the signature.
        inputs: Input columns by name, [batch, ...]; ids and image files are
            bytes in object arrays.
        outputs: Names of the requested outputs.
        read: Function from these outputs and the model version that answered
            to the typed result.
    """

    signature: str
    inputs: Outputs
    outputs: Sequence[str]
    read: Callable[[Outputs, int], Found]

    def found(
        self,
        outputs: Mapping[str, _Carried],
        decode: Callable[[_Carried], npt.NDArray[Any]],
        version: int,
    ) -> Found:
        """Decodes a response.

        A signature may reject single rows without failing the other rows that
        TF Serving ran in the same batch. Its output `error`, string [batch],
        holds the reason, or "" for an accepted row.

        Args:
            outputs: All outputs of the response by name, still encoded.
            decode: Function that converts one output to an array.
            version: Model version that answered.

        Returns:
            Typed result of `read`.

        Raises:
            CallError: if a row was rejected, or the response cannot be read.
        """
        with reading_answer():
            columns = {
                name: decode(outputs[name])
                for name in (*self.outputs, _REFUSED)
                if name in outputs
            }
            why = [
                one.decode(errors="replace")
                for one in columns.get(_REFUSED, ())
                if one
            ]
            if not why:
                return self.read(columns, version)
        raise CallError(grpc.StatusCode.INVALID_ARGUMENT, why[0])
