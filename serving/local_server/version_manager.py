"""Versions of one model on disk, and the loading and unloading of them."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import TypeAlias

import tensorflow as tf
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.config import file_system_storage_path_source_pb2

from atelier.schema.model_versions import find_versions
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.release_memory import release_memory
from serving.local_server.status_error import StatusError

_State = get_model_status_pb2.ModelVersionStatus.State
Policy: TypeAlias = (
    file_system_storage_path_source_pb2.FileSystemStoragePathSourceConfig
).ServableVersionPolicy
_logger = logging.getLogger(__name__)


class VersionManager:
    """Loads and unloads the versions of one model.

    Only one thread at a time may call `refresh`. Readers of `loaded` and
    `statuses` need no lock, because both are replaced and never changed in
    place. A call finishes on the version that it started with.

    Attributes:
        name: Model name in requests.
        base_path: Parent directory of the version directories.
        policy: Version policy: latest, all or specific versions.
        loaded: Served versions by number.
        statuses: State of each version seen since the start, by number.
    """

    def __init__(
        self, name: str, base_path: Path, policy: Policy | None = None
    ) -> None:
        """Creates the manager without loading a version.

        Args:
            name: Model name in requests.
            base_path: Parent directory of the version directories.
            policy: Version policy; the newest version if None.
        """
        self.name = name
        self.base_path = base_path
        self.policy = policy or Policy()
        self.loaded: dict[int, LoadedVersion] = {}
        self.statuses: dict[int, get_model_status_pb2.ModelVersionStatus] = {}
        self._failed: set[int] = set()

    @property
    def newest(self) -> LoadedVersion | None:
        """Newest served version, None if no version is served."""
        return max(
            self.loaded.values(), key=lambda model: model.version, default=None
        )

    def refresh(self) -> None:
        """Loads the versions of the policy, then unloads the others.

        A version that fails to load is reported as ended, with its error, and
        is not retried until its directory has disappeared. Until a version of
        the policy is loaded, the versions served before stay loaded; they go if
        the policy chooses none, for example because all were deleted. A base
        path that cannot be read changes nothing.
        """
        try:
            self.base_path.stat()  # A missing folder is not an empty one.
            on_disk = find_versions(str(self.base_path))
        except OSError:
            return
        self._failed &= on_disk.keys()
        chosen = self._choose(on_disk.keys() - self._failed)
        for version in sorted(chosen - self.loaded.keys()):
            self._load(version, Path(on_disk[version]))
        if chosen & self.loaded.keys() or not self._choose(on_disk):
            self._drop(self.loaded.keys() - chosen)

    def unload(self) -> None:
        """Unloads all versions and reports them as ended."""
        self._drop(list(self.loaded))

    def describe_failure(self) -> str:
        """Returns TF Serving's message for the newest version's failed load."""
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
        except Exception as error:  # The other versions must keep serving.
            self._failed.add(version)
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
        if versions:
            release_memory()

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
