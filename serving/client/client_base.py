"""Base of all clients: server, model, version, deadline and errors."""

from typing import Any
from typing import ClassVar

import grpc

from serving.client.errors import ServingError
from serving.client.predict_request import PredictCall


class ClientBase:
    """Target of the calls; leaves sending to the subclasses.

    Attributes:
        MODEL: Default model name.
        DEADLINE_SECONDS: Default deadline of a call in seconds.
    """

    MODEL: ClassVar[str]
    DEADLINE_SECONDS: ClassVar[float]

    def __init__(
        self,
        target: str,
        model: str | None,
        version: int | None,
        version_label: str | None,
        deadline_seconds: float | None,
    ) -> None:
        """Stores the target of the calls; see the subclasses for the arguments.

        Raises:
            ValueError: if both a version and a label are given, or the
                deadline is not positive.
        """
        if version is not None and version_label is not None:
            raise ValueError(
                f"Give a version or a version_label, not both; received "
                f"{version} and '{version_label}'."
            )
        if deadline_seconds is None:
            deadline_seconds = self.DEADLINE_SECONDS
        if not deadline_seconds > 0:
            raise ValueError(
                f"deadline_seconds must be positive; received "
                f"{deadline_seconds}."
            )
        self._target = target
        self._model = model or self.MODEL
        self._version = version
        self._version_label = version_label
        self._deadline_seconds = deadline_seconds

    def _failure(
        self, call: PredictCall[Any], error: grpc.RpcError
    ) -> ServingError:
        request = f"{call.signature.name} of model '{self._model}'"
        return ServingError.from_rpc(request, self._target, error)
