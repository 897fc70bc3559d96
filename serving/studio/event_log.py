"""Log of feedback events, JSON lines that `beam_jobs.prepare` reads."""

import datetime
import errno
import logging
import math
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from atelier.schema.feedback_event import FeedbackEvent
from atelier.schema.feedback_event import event_line
from atelier.schema.feedback_event import parse_event
from serving.studio.predict_check import parse_object
from serving.studio.rate_limit import RateLimit
from serving.studio.request_body import read_body

MAX_BODY_BYTES = 256 * 2**10
"""Maximum size of a request with events."""
MAX_EVENTS = 100
"""Maximum number of events of a request."""
MAX_FILE_BYTES = 64 * 2**20
"""Size of a file from which on the next events are written to another one."""

MAX_TOTAL_BYTES = 2**30
"""Size of all files from which on no more events are written."""

_FILES = "events-*.jsonl"
_logger = logging.getLogger(__name__)


class EventLog:
    """Log in files of JSON lines, with the events and nothing besides.

    Neither addresses nor programs of the users are logged. The files are
    `events-TIME.jsonl`, which only the user of the server may read.

    Args:
        folder: Folder of the files; it must exist.
        rate: Requests per second of each client; infinite for no limit.
        max_file_bytes: Size from which on a new file is begun.
        max_total_bytes: Size of all files from which on events are refused:
            older ones are not deleted, they may not be read yet.
    """

    def __init__(
        self,
        folder: Path,
        rate: float = math.inf,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_total_bytes: int = MAX_TOTAL_BYTES,
    ) -> None:
        self._folder = folder
        self._requests = RateLimit(rate, rate)
        self._max_file_bytes = max_file_bytes
        self._max_total_bytes = max_total_bytes
        self._path: Path | None = None
        self._lock = threading.Lock()

    async def answer(self, request: Request) -> Response:
        """Handles a request `{"events": [event, ...]}`; the response is empty.

        Raises:
            HTTPException: If the request is not of this form or comes too fast,
                an event is invalid, or the log cannot be written; no event of
                it is logged then.
        """
        self._requests.check(request)
        document = parse_object(await read_body(request, MAX_BODY_BYTES))
        events = document.get("events")
        if len(document) != 1 or not isinstance(events, list):
            raise HTTPException(422, 'Feedback is {"events": [...]}.')
        if len(events) > MAX_EVENTS:
            raise HTTPException(
                413, f"Feedback may have {MAX_EVENTS} events at once."
            )
        try:
            parsed = [parse_event(event) for event in events]
        except ValueError as error:
            raise HTTPException(422, f"Invalid feedback: {error}.") from error
        try:
            await run_in_threadpool(self.append, parsed)
        except OSError as error:
            _logger.error("Feedback is lost: %s.", error)
            status = 507 if error.errno == errno.ENOSPC else 500
            raise HTTPException(status, "Feedback cannot be stored.") from error
        return Response(status_code=204)

    def append(self, events: Sequence[FeedbackEvent]) -> None:
        """Appends events to the log; thread-safe.

        Raises:
            OSError: If the disk or the log is full, or the folder is gone.
        """
        lines = "".join(map(event_line, events)).encode()
        with self._lock:
            self._require_space(len(lines))
            if not self._path or self._is_ended(self._path):
                now = datetime.datetime.now(datetime.UTC)
                self._path = (
                    self._folder / f"events-{now:%Y%m%dT%H%M%S.%fZ}.jsonl"
                )
            try:
                with open(self._path, "ab", opener=_open_private) as file:
                    file.write(lines)
            except OSError:
                self._path = None  # It may end inside a line.
                raise

    def _require_space(self, num_bytes: int) -> None:
        size = sum(map(_size, self._folder.glob(_FILES)))
        if size + num_bytes > self._max_total_bytes:
            raise OSError(
                errno.ENOSPC,
                f"the files of {self._folder} hold {size:,} bytes of at "
                f"most {self._max_total_bytes:,}; move old ones away, or raise "
                "--events_mb",
            )

    def _is_ended(self, path: Path) -> bool:
        """Returns whether a file is full, or was moved away.

        A new file with its name would replace it where it was moved to.
        """
        return not path.exists() or _size(path) >= self._max_file_bytes


def _size(path: Path) -> int:
    """Returns the size of a file in bytes, 0 if it has been moved away."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
