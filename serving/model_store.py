"""The versions of one model on disk, and the one of them that is served."""

import logging
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2

from serving.loaded_model import LoadedModel

_State = get_model_status_pb2.ModelVersionStatus.State
_logger = logging.getLogger(__name__)


class ModelStore:
    """Serves the newest version of one model and swaps in newer ones.

    One thread calls `refresh`; any number read `loaded` and `statuses`, which
    are replaced and never changed in place, so that no reader needs a lock.
    A call that has taken `loaded` finishes on that version.
    """

    def __init__(self, name: str, base_path: Path) -> None:
        """Looks at nothing yet: `refresh` does.

        Args:
            name: The model's name in requests.
            base_path: The directory of the version directories.
        """
        self.name = name
        self.base_path = base_path
        self.loaded: LoadedModel | None = None
        self.statuses: dict[int, get_model_status_pb2.ModelVersionStatus] = {}

    def refresh(self) -> None:
        """Loads the newest version on disk, if it is not the one served.

        A version that fails to load is reported as ended with its error, is
        left alone until its directory goes away, and the version served before
        stays. When every version goes away the one in memory stays too.
        """
        on_disk = find_versions(self.base_path)
        self.statuses = {
            version: status
            for version, status in self.statuses.items()
            if version in on_disk or not status.status.error_code
        }
        candidates = [
            version
            for version in on_disk
            if version not in self.statuses
            or not self.statuses[version].status.error_code
        ]
        if not candidates:
            return
        newest = max(candidates)
        if self.loaded is None or newest != self.loaded.version:
            self._load(newest, on_disk[newest])

    def _load(self, version: int, path: Path) -> None:
        self._set_status(version, _State.LOADING)
        try:
            loaded = LoadedModel(version, path)
        except Exception as error:  # Whatever is wrong, the old one serves on.
            self._set_status(version, _State.END, error)
            _logger.error("%s: cannot load %s: %s", self.name, path, error)
            return
        replaced, self.loaded = self.loaded, loaded
        self._set_status(version, _State.AVAILABLE)
        if replaced is not None:
            self._set_status(replaced.version, _State.END)
            _logger.info("%s: now serving version %d", self.name, version)

    def _set_status(
        self, version: int, state: int, error: Exception | None = None
    ) -> None:
        status = get_model_status_pb2.ModelVersionStatus(
            version=version, state=state
        )
        if error is not None:
            status.status.error_code = getattr(
                error, "error_code", tf.errors.UNKNOWN
            )
            status.status.error_message = str(error)
        self.statuses = {**self.statuses, version: status}


def find_versions(base_path: Path) -> dict[int, Path]:
    """Finds the version directories of a model, as TF Serving counts them.

    Args:
        base_path: The model's directory; it may be missing.

    Returns:
        The directories that are named by an integer and hold a saved_model.pb,
        by that integer. A version that is still being written, under a name
        like `tmp-123`, is not among them.
    """
    try:
        children = list(base_path.iterdir())
    except OSError:
        return {}
    return {
        int(child.name): child
        for child in children
        if child.name.isascii()
        and child.name.isdigit()
        and (child / "saved_model.pb").is_file()
    }
