"""Signals that stop a server: SIGTERM and SIGINT."""

import signal
import socket

_STOPPING = (signal.SIGTERM, signal.SIGINT)


class StopSignal:
    """SIGTERM or SIGINT since the object exists; for the main thread only.

    The signal arrives over a socket. A `threading.Event` set by a signal
    handler waits for ever if the handler interrupts `Event.wait` while that
    holds its lock, or if the kernel delivers the signal to another thread.

    Example:
        stop = StopSignal()
        with server:
            stop.wait()
    """

    def __init__(self) -> None:
        """Takes over the signals, for the rest of the process."""
        self._received, sender = socket.socketpair()
        sender.setblocking(False)  # As `set_wakeup_fd` requires.
        # Never closed: Python would write to whatever file has its number next.
        signal.set_wakeup_fd(sender.detach())
        for number in _STOPPING:
            # Python writes only the numbers of signals that have a handler.
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Returns as soon as one of the signals has been received."""
        while self._received.recv(1)[0] not in _STOPPING:
            pass
