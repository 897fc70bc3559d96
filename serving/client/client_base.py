"""What clients of every kind share: whom they ask, and how they fail."""

from typing import Any
from typing import ClassVar

import grpc

from serving.client.errors import ServingError
from serving.client.predict_request import PredictCall


class ClientBase:
    """Knows whom to ask; sends nothing itself.

    Attributes:
        MODEL: The model's name on the server, unless told otherwise.
        DEADLINE_SECONDS: Seconds for a call, unless told otherwise.
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
        """Keeps whom to ask.

        Args:
            target: Where the server listens.
            model: The model's name on that server, if not `MODEL`.
            version: The version to ask, if not the newest.
            version_label: The label to ask instead, such as "canary".
            deadline_seconds: Seconds that a call may take, repeats included,
                if not `DEADLINE_SECONDS`.

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
        self, question: PredictCall[Any], error: grpc.RpcError
    ) -> ServingError:
        asked = f"{question.signature} of model '{self._model}'"
        return ServingError.from_rpc(asked, self._target, error)
