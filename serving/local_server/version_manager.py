"""The versions of one model on disk, and those of them that are served."""

import logging
import os.path
from collections.abc import Collection
from pathlib import Path
from typing import TypeAlias

import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.config import file_system_storage_path_source_pb2

from atelier.schema.model_versions import MAX_VERSION
from atelier.schema.model_versions import SAVED_MODEL
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.status_error import StatusError

_State = get_model_status_pb2.ModelVersionStatus.State
Policy: TypeAlias = (
    file_system_storage_path_source_pb2.FileSystemStoragePathSourceConfig
).ServableVersionPolicy
_logger = logging.getLogger(__name__)


class VersionManager:
    """Serves versions of one model and swaps in newer ones.

    One thread at a time calls `refresh`; any number read `loaded` and
    `statuses`, which are replaced and never changed in place, so that no reader
    needs a lock. A call that has taken a version finishes on it.

    Attributes:
        name: The model's name in requests.
        base_path: The directory of the version directories.
        policy: Which versions to serve.
        loaded: The versions that are served.
        statuses: The state of each version seen since the start.
    """

    def __init__(
        self, name: str, base_path: Path, policy: Policy | None = None
    ) -> None:
        """Looks at nothing yet: `refresh` does.

        Args:
            name: The model's name in requests.
            base_path: The directory of the version directories.
            policy: Which versions to serve; the newest if None.
        """
        self.name = name
        self.base_path = base_path
        self.policy = policy or Policy()
        self.loaded: dict[int, LoadedVersion] = {}
        self.statuses: dict[int, get_model_status_pb2.ModelVersionStatus] = {}

    @property
    def newest(self) -> LoadedVersion | None:
        """The newest version that is served."""
        return max(
            self.loaded.values(), key=lambda model: model.version, default=None
        )

    def refresh(self) -> None:
        """Loads the versions wanted of those on disk, then drops the others.

        A version that fails to load is reported as ended with its error, is
        left alone until its directory goes away, and what was served before
        stays. When every version goes away those in memory stay too.
        """
        on_disk = find_versions(self.base_path)
        self.statuses = {
            version: status
            for version, status in self.statuses.items()
            if version in on_disk or not status.status.error_code
        }
        wanted = self._choose(
            [
                version
                for version in on_disk
                if version not in self.statuses
                or not self.statuses[version].status.error_code
            ]
        )
        for version in sorted(wanted - self.loaded.keys()):
            self._load(version, on_disk[version])
        if wanted & self.loaded.keys():
            self._drop(self.loaded.keys() - wanted)

    def unload(self) -> None:
        """Serves nothing any more; the versions are reported as ended."""
        self._drop(list(self.loaded))

    def describe_failure(self) -> str:
        """Says which version failed to load, and why, in TF Serving's words."""
        if not self.statuses:
            return f"{{name: {self.name}}}"
        version = max(self.statuses)
        text = f"{{name: {self.name} version: {version}}}"
        failed = self.statuses[version].status
        if failed.error_code:
            code = StatusError.from_number(failed.error_code, "").code
            text += f" due to error: {code.name}: {failed.error_message}"
        return text

    def _choose(self, versions: Collection[int]) -> set[int]:
        if self.policy.HasField("all"):
            return set(versions)
        if self.policy.HasField("specific"):
            return set(versions) & set(self.policy.specific.versions)
        return set(sorted(versions)[-(self.policy.latest.num_versions or 1) :])

    def _load(self, version: int, path: Path) -> None:
        self._set_status(version, _State.LOADING)
        try:
            loaded = LoadedVersion(version, path)
        except Exception as error:  # Whatever is wrong, the others serve on.
            self._set_status(version, _State.END, error)
            _logger.error("%s: cannot load %s: %s", self.name, path, error)
            return
        if self.loaded:
            _logger.info("%s: now serving version %d", self.name, version)
        self.loaded = {**self.loaded, version: loaded}
        self._set_status(version, _State.AVAILABLE)

    def _drop(self, versions: Collection[int]) -> None:
        self.loaded = {
            version: model
            for version, model in self.loaded.items()
            if version not in versions
        }
        for version in versions:
            self._set_status(version, _State.END)

    def _set_status(
        self, version: int, state: int, error: Exception | None = None
    ) -> None:
        status = get_model_status_pb2.ModelVersionStatus(
            version=version, state=state
        )
        status.status.SetInParent()
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
        The directories that are named by an integer of 64 bits and hold a
        saved_model.pb, by that integer. A version that is still being written,
        under a name like `tmp-123`, is not among them.
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
        and int(child.name) <= MAX_VERSION
        # Path.is_file() raises where it may not look.
        and os.path.isfile(child / SAVED_MODEL)
    }
