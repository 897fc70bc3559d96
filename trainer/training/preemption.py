"""Handling of preemption: SIGTERM before a spot machine is reclaimed."""

import signal
from types import FrameType
from types import TracebackType

EXIT_CODE = 128 + signal.SIGTERM
"""Exit code of a preempted process, by the convention of shells."""


class PreemptionHandler:
    """Context manager that records SIGTERM instead of ending the process.

    Spot machines get it some seconds before they are reclaimed, which is time
    to write a checkpoint.

    Example:
        with PreemptionHandler() as preemption:
            while not preemption.requested:
                train_step()

    Attributes:
        requested: Whether SIGTERM has been received.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "PreemptionHandler":
        """Installs the signal handler."""
        self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Restores the previous signal handler."""
        signal.signal(signal.SIGTERM, self._before)

    def _note(self, signal_number: int, frame: FrameType | None) -> None:
        self.requested = True
