"""What a client asks, and how it reads the answer, whatever carries both."""

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
        signature: What to run.
        inputs: The columns by name, [B, ...]; ids and files are bytes, as
            objects.
        outputs: Names of the outputs wanted.
        read: Makes the typed result of these outputs and the version of the
            model that answered.
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
        """Reads an answer.

        A signature may refuse single rows, so that the callers whose rows TF
        Serving ran with them get their answers: its output `error`, [B], says
        why, and is "" for the others.

        Args:
            outputs: All that was answered, by name.
            decode: Makes the column of one of them.
            version: Of the model that answered.

        Raises:
            CallError: if a row was refused, or the answer cannot be read.
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
