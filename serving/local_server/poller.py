"""Polls for new model versions and configuration changes."""

import logging
import threading
from pathlib import Path

from serving.local_server.model_config import read_config
from serving.local_server.model_registry import ModelRegistry

_logger = logging.getLogger(__name__)


class Poller:
    """Polling thread, which runs until `stop` whatever a poll raises."""

    def __init__(
        self, models: ModelRegistry, seconds: float, config_file: Path | None
    ) -> None:
        """Creates the thread without starting it.

        Args:
            models: Served models.
            seconds: Seconds between polls.
            config_file: Model configuration, reloaded when it changes, as TF
                Serving does with `--model_config_file_poll_wait_seconds`; None
                for a fixed configuration.
        """
        self._models = models
        self._seconds = seconds
        self._config_file = config_file
        self._modified: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Starts polling."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Stops polling.

        Args:
            grace: Seconds to wait for a version that is being loaded.
        """
        self._stopping.set()
        self._thread.join(grace)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._poll()
            except Exception as error:  # The next poll may succeed.
                _logger.error("Cannot check for new versions: %s", error)

    def _poll(self) -> None:
        if self._config_file:
            modified = self._config_file.stat().st_mtime_ns
            if modified != self._modified:
                self._modified = modified
                self._models.reload(read_config(self._config_file))
        self._models.refresh()
