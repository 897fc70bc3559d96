"""A local server that speaks TF Serving's API, for laptops and tests.

    python -m serving.local_server --model recommender=runs/x/recommender

It answers over gRPC and REST, serves the newest version of each model (or what
a configuration file says) and swaps in newer ones as they are published,
without failing a call. `grpc.health.v1` says whether it answers, as TF Serving
does with `--enable_grpc_healthcheck_service`. It has no batching and no
warm-up; for traffic, run TF Serving on the same directories.
"""

import contextlib
from collections.abc import Iterator
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from types import TracebackType

import grpc
from grpc_health.v1 import health
from grpc_health.v1 import health_pb2
from grpc_health.v1 import health_pb2_grpc
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.client.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.local_server.metrics import Metrics
from serving.local_server.model_config import ModelServerConfig
from serving.local_server.model_config import from_base_paths
from serving.local_server.model_config import read_config
from serving.local_server.model_registry import ModelRegistry
from serving.local_server.model_service import ModelService
from serving.local_server.parse_interceptor import ParseInterceptor
from serving.local_server.poller import Poller
from serving.local_server.prediction_service import PredictionService
from serving.local_server.rest_api import RestApi
from serving.local_server.rest_server import RestServer
from serving.local_server.status_error import StatusError
from serving.local_server.version_manager import VersionManager

_CALLS_AT_ONCE = 8


class StartError(Exception):
    """Says in one sentence why the server cannot start."""


class ModelServer:
    """Serves models while it is used as a context manager.

    Attributes:
        models: What is served.
        address: host:port of the gRPC API.
        rest_address: host:port of the REST API, None if there is none.
    """

    def __init__(
        self,
        models: Mapping[str, Path] | ModelServerConfig | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rest_port: int | None = None,
        poll_seconds: float = 1.0,
        grace_seconds: float = 60.0,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        """Loads the models and takes the ports; answers once entered.

        Args:
            models: The directory of the version directories, by model name, or
                all that TF Serving can be told about models; in a file, it is
                read again when it changes.
            host: The address to listen on.
            port: The port of the gRPC API; 0 picks a free one.
            rest_port: The port of the REST API; 0 picks a free one, None
                leaves it out.
            poll_seconds: Seconds between looks for something newer.
            grace_seconds: Seconds for the calls in flight once it is left; the
                default is the deadline that clients give a design.
            credentials: Encrypt the gRPC API; REST never is, as in TF Serving.

        Raises:
            StartError: if a model has no version that loads, a port is taken,
                or the certificates are none.
            ValueError: if the file cannot be read.
        """
        config_file = models if isinstance(models, Path) else None
        if isinstance(models, Path):
            models = read_config(models)
        elif isinstance(models, Mapping):
            models = from_base_paths(models)
        try:
            self.models = ModelRegistry(models)
        except StatusError as error:
            raise StartError(f"{error.message.removesuffix('.')}.") from error
        for store in self.models.stores.values():
            _require_version(store)
        self._grace_seconds = grace_seconds
        self._poller = Poller(self.models, poll_seconds, config_file)
        metrics = Metrics(self.models)
        self._health = health.HealthServicer()
        self._server = _grpc_server(self.models, metrics, self._health)
        with _taking(host, port, "--port"):
            port = _take_port(self._server, f"{host}:{port}", credentials)
        self.address = f"{host}:{port}"
        self._rest = None
        if rest_port is not None:
            with _taking(host, rest_port, "--rest_api_port"):
                self._rest = RestServer(
                    RestApi(self.models, metrics), host, rest_port
                )
        self.rest_address = self._rest and self._rest.address

    def __enter__(self) -> "ModelServer":
        """Starts to answer and to look for newer versions."""
        self._server.start()
        if self._rest:
            self._rest.start()
        self._poller.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Refuses new calls and lets those in flight finish, for a while."""
        self._health.enter_graceful_shutdown()
        stopped = self._server.stop(self._grace_seconds)
        if self._rest:
            self._rest.stop(self._grace_seconds)
        stopped.wait()
        self._poller.stop(self._grace_seconds)


def _grpc_server(
    models: ModelRegistry, metrics: Metrics, healthy: health.HealthServicer
) -> grpc.Server:
    """Makes the server of the gRPC API, which listens nowhere yet."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_CALLS_AT_ONCE),
        interceptors=[ParseInterceptor()],
        # Without the second, two servers could share one port.
        options=[*MESSAGE_SIZE_OPTIONS, ("grpc.so_reuseport", 0)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(models, metrics), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelService(models), server
    )
    for service in ("ModelService", "PredictionService"):  # Their short names.
        healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    return server


def _take_port(
    server: grpc.Server,
    address: str,
    credentials: grpc.ServerCredentials | None,
) -> int:
    if not credentials:
        return server.add_insecure_port(address)
    try:
        return server.add_secure_port(address, credentials)
    except RuntimeError as error:
        server.add_insecure_port(address)  # Fails, too, if it is the port.
        raise StartError(
            "Cannot use the certificates of --ssl_config_file; give server_key "
            "and server_cert as PEM texts that belong together."
        ) from error


def _require_version(store: VersionManager) -> None:
    if store.loaded:
        return
    failures = [s.status.error_message for s in store.statuses.values()]
    if failures:
        raise StartError(
            f"Cannot load the newest version of model '{store.name}' in "
            f"{store.base_path}: {' '.join(failures[0].split())}"
        )
    raise StartError(
        f"Model '{store.name}' has no version in {store.base_path}; export one "
        "there first, so that <number>/saved_model.pb exists."
    )


@contextlib.contextmanager
def _taking(host: str, port: int, flag: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError, OverflowError) as error:
        raise StartError(
            f"Cannot listen on {host}:{port}; choose another {flag}, or 0 for "
            "a free one."
        ) from error
