"""Looks for newer versions, and for a newer configuration, while it runs."""

import logging
import threading
from pathlib import Path

from serving.local_server.model_config import read_config
from serving.local_server.model_registry import ModelRegistry

_logger = logging.getLogger(__name__)


class Poller:
    """A thread that nothing ends but `stop`."""

    def __init__(
        self, models: ModelRegistry, seconds: float, config_file: Path | None
    ) -> None:
        """Looks at nothing yet: `start` does.

        Args:
            models: What is served.
            seconds: Between one look and the next.
            config_file: Serve what it says whenever it changes, as TF Serving
                does under `--model_config_file_poll_wait_seconds`.
        """
        self._models = models
        self._seconds = seconds
        self._config_file = config_file
        self._modified: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Looks again and again from now on."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Looks no more.

        Args:
            grace: Seconds for a version that is being loaded.
        """
        self._stopping.set()
        self._thread.join(grace)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._look()
            except Exception as error:  # The next look may go better.
                _logger.error("Cannot look for newer versions: %s", error)

    def _look(self) -> None:
        if self._config_file:
            modified = self._config_file.stat().st_mtime_ns
            if modified != self._modified:
                self._modified = modified
                self._models.reload(read_config(self._config_file))
        self._models.refresh()
