"""A request to end, as machines send it that are taken away."""

import signal
from types import FrameType
from types import TracebackType

EXIT_CODE = 128 + signal.SIGTERM
"""Of a process that ended by the request, as shells say it."""


class PreemptionHandler:
    """Notes SIGTERM while it is used as a context manager.

    Spot machines send it seconds before they go away: time to save.

    Attributes:
        requested: Whether it came.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "PreemptionHandler":
        """Takes the signal over."""
        self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Gives the signal back to who had it."""
        signal.signal(signal.SIGTERM, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
