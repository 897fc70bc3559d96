"""Registry of the served models and their version labels."""

import threading
from pathlib import Path

import grpc
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2

from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.model_config import ModelServerConfig
from serving.local_server.model_config import check_config
from serving.local_server.status_error import StatusError
from serving.local_server.status_error import invalid_argument
from serving.local_server.version_manager import VersionManager


class ModelRegistry:
    """Models of a server; resolves the version that a request selects.

    A lock serializes `reload` and `refresh`. Readers need no lock, because the
    dicts they read are replaced and never changed in place.

    Attributes:
        stores: Served models by name.
    """

    def __init__(self, config: ModelServerConfig) -> None:
        """Loads the configured versions that exist on disk.

        Args:
            config: Models to serve.

        Raises:
            StatusError: if the configuration is invalid, with TF Serving's
                message.
        """
        self._lock = threading.Lock()
        self.stores: dict[str, VersionManager] = {}
        self._labels: dict[tuple[str, str], int] = {}
        # Includes models no longer served, whose states remain available.
        self._known: dict[str, VersionManager] = {}
        self._configure(config)

    def reload(self, config: ModelServerConfig) -> None:
        """Replaces the configuration.

        Args:
            config: Models to serve from now on.

        Raises:
            StatusError: if the configuration is invalid, or a new model has no
                version that loads; with TF Serving's message.
        """
        with self._lock:
            before = set(self.stores)
            self._configure(config)
            failed = [
                store.describe_failure()
                for name, store in self.stores.items()
                if name not in before and not store.loaded
            ]
        if failed:
            failures = "".join(f"{{{failure}}}, " for failure in failed)
            raise StatusError(
                grpc.StatusCode.UNKNOWN,
                f"{len(failed)} model(s) did not become available: "
                f"{{{failures}}}",
            )

    def refresh(self) -> None:
        """Updates the loaded versions of every model from disk."""
        with self._lock:
            for store in self.stores.values():
                store.refresh()

    def find(self, spec: model_pb2.ModelSpec) -> LoadedVersion:
        """Returns the version that a request selects.

        Args:
            spec: Model name, with an optional version or label.

        Raises:
            StatusError: if no such version is served, with TF Serving's
                message.
        """
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = self._requested_version(spec)
        store = self.stores.get(spec.name)
        if version is None:
            model = store.newest if store else None
            request = f"Latest({spec.name})"
        else:
            model = store.loaded.get(version) if store else None
            request = f"Specific({spec.name}, {version})"
        if model is None:
            raise StatusError(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: {request}",
            )
        return model

    def statuses(
        self, spec: model_pb2.ModelSpec
    ) -> list[get_model_status_pb2.ModelVersionStatus]:
        """Lists the versions of a model seen since the start, newest first.

        Args:
            spec: Model name, with an optional version; a label is ignored.

        Raises:
            StatusError: if there is no such version, with TF Serving's message.
        """
        store = self._known.get(spec.name)
        statuses = store.statuses if store else {}
        if spec.HasField("version"):
            version = spec.version.value
            if version not in statuses:
                raise StatusError(
                    grpc.StatusCode.NOT_FOUND,
                    f"Could not find version {version} of model {spec.name}",
                )
            return [statuses[version]]
        if not statuses:
            raise StatusError(
                grpc.StatusCode.NOT_FOUND,
                f"Could not find any versions of model {spec.name}",
            )
        return [statuses[version] for version in sorted(statuses, reverse=True)]

    def _requested_version(self, spec: model_pb2.ModelSpec) -> int | None:
        if spec.HasField("version_label"):
            label = spec.version_label
            if (spec.name, label) not in self._labels:
                raise invalid_argument(
                    f"Unrecognized servable version label: {label}"
                )
            return self._labels[spec.name, label]
        return spec.version.value if spec.HasField("version") else None

    def _configure(self, config: ModelServerConfig) -> None:
        check_config(config, self.stores)
        self._labels = self._read_labels(config)
        stores = {}
        for model in config.model_config_list.config:
            store = self._known.get(model.name) or VersionManager(
                model.name, Path(model.base_path)
            )
            store.base_path = Path(model.base_path)
            store.policy = model.model_version_policy
            store.refresh()
            stores[model.name] = store
        gone = self.stores.keys() - stores.keys()
        self.stores, self._known = stores, {**self._known, **stores}
        for name in gone:
            self._known[name].unload()

    def _read_labels(
        self, config: ModelServerConfig
    ) -> dict[tuple[str, str], int]:
        labels = {}
        for model in config.model_config_list.config:
            store = self.stores.get(model.name)
            for label, version in model.version_labels.items():
                # As TF Serving with the flag
                # --allow_version_labels_for_unavailable_models.
                moved = (
                    self._labels.get((model.name, label), version) != version
                )
                if moved and (store is None or version not in store.loaded):
                    raise StatusError(
                        grpc.StatusCode.FAILED_PRECONDITION,
                        f"Request to assign label to version {version} of "
                        f"model {model.name}, which is not currently available "
                        "for inference",
                    )
                labels[model.name, label] = version
        return labels
