"""All models of a server: which are served, and under which labels."""

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
    """Finds the version that a request asks for.

    `configure` and `refresh` take turns; readers need no lock, because what
    they read is replaced and never changed in place.

    Attributes:
        stores: The models by name.
    """

    def __init__(self, config: ModelServerConfig) -> None:
        """Loads what is wanted and there; not all may be.

        Args:
            config: What to serve.

        Raises:
            StatusError: if it makes no sense, in TF Serving's words.
        """
        self._lock = threading.Lock()
        self.stores: dict[str, VersionManager] = {}
        self._labels: dict[tuple[str, str], int] = {}
        # Those that are served no more, too: their states can be asked for.
        self._known: dict[str, VersionManager] = {}
        self._configure(config)

    def reload(self, config: ModelServerConfig) -> None:
        """Serves something else from now on.

        Args:
            config: What to serve.

        Raises:
            StatusError: if it makes no sense, or a model that is new in it has
                no version that loads; in TF Serving's words.
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
        """Looks for newer versions of every model."""
        with self._lock:
            for store in self.stores.values():
                store.refresh()

    def find(self, spec: model_pb2.ModelSpec) -> LoadedVersion:
        """Finds the version to run.

        Args:
            spec: A model's name and maybe a version or a label.

        Raises:
            StatusError: if there is none, in TF Serving's words.
        """
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        version = self._wanted_version(spec)
        store = self.stores.get(spec.name)
        model = None
        if store is not None:
            model = (
                store.newest if version is None else store.loaded.get(version)
            )
        if model is None:
            wanted = (
                f"Latest({spec.name})"
                if version is None
                else f"Specific({spec.name}, {version})"
            )
            raise StatusError(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: {wanted}",
            )
        return model

    def statuses(
        self, spec: model_pb2.ModelSpec
    ) -> list[get_model_status_pb2.ModelVersionStatus]:
        """Lists the versions of a model seen since the start, newest first.

        Args:
            spec: A model's name and maybe a version; a label says nothing here.

        Raises:
            StatusError: if there is none, in TF Serving's words.
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

    def _wanted_version(self, spec: model_pb2.ModelSpec) -> int | None:
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
                # What TF Serving allows under the flag that lets labels run
                # ahead, --allow_version_labels_for_unavailable_models.
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
