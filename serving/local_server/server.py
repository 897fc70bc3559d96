"""Local server with TF Serving's API, for development and tests.

    python -m serving.local_server --model recommender=runs/x/recommender

The server answers over gRPC and REST. It serves the newest version of each
model, or the versions of a configuration file, and switches to newly published
versions without failing a call. `grpc.health.v1` reports its health, as in TF
Serving with `--enable_grpc_healthcheck_service`. It has neither batching nor
warm-up: for production, run TF Serving on the same directories.
"""

import contextlib
import logging
import time
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
_logger = logging.getLogger(__name__)


class StartError(Exception):
    """Failure to start the server; the text is one sentence."""


class ModelServer:
    """Model server that answers while it is used as a context manager.

    Args:
        models: Parent directories of the version directories by model
            name, or a TF Serving model configuration, or the path of its
            text file, which is reloaded when it changes.
        host: Address to listen on.
        port: Port of the gRPC API; 0 picks a free port.
        rest_port: Port of the REST API; 0 picks a free port, None disables
            the REST API.
        poll_seconds: Seconds between checks for new versions and for
            changes of the configuration file.
        grace_seconds: Seconds for the calls in flight at exit; the default
            is the clients' deadline of a design.
        rest_timeout: Seconds until a prediction over REST is aborted; may
            be infinite. Over gRPC, the deadline of the call counts.
        tensor_content: Whether the outputs of Predict come as bytes, as
            with TF Serving's `--enable_serialization_as_tensor_content`.
        credentials: TLS credentials of the gRPC API, which is not encrypted
            if None; the REST API never is, as in TF Serving.

    Attributes:
        models: Served models.
        address: host:port of the gRPC API.
        rest_address: host:port of the REST API, None without a REST API.

    Example:
        with ModelServer({"recommender": Path("models/recommender")}) as server:
            with RecommenderClient(server.address) as client:
                result = client.recommend(["u1"])
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
        rest_timeout: float = 30.0,
        tensor_content: bool = False,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        """Loads the models and binds the ports.

        Waits for a first version of each model whose directory has none.

        Raises:
            StartError: if the configuration is invalid, a model has no
                directory or a version that does not load, a port is taken, or
                the certificates are invalid.
            ValueError: if the configuration file cannot be read.
        """
        config_file = models if isinstance(models, Path) else None
        self.models = _load_models(models, poll_seconds)
        self._grace_seconds = grace_seconds
        self._poller = Poller(self.models, poll_seconds, config_file)
        metrics = Metrics(self.models)
        self._health = health.HealthServicer()
        service = PredictionService(
            self.models, metrics, tensor_content=tensor_content
        )
        self._server = _grpc_server(self.models, service, self._health)
        with _taking(host, port, "--port"):
            port = _take_port(self._server, f"{host}:{port}", credentials)
        self.address = f"{host}:{port}"
        self._rest = None
        if rest_port is not None:
            api = RestApi(self.models, metrics, rest_timeout)
            with _taking(host, rest_port, "--rest_api_port"):
                self._rest = RestServer(api, host, rest_port)
        self.rest_address = self._rest and self._rest.address

    def __enter__(self) -> "ModelServer":
        """Starts to answer calls and to poll for new versions."""
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
        """Rejects new calls and waits for those in flight, up to the grace."""
        self._health.enter_graceful_shutdown()
        stopped = self._server.stop(self._grace_seconds)
        if self._rest:
            self._rest.stop(self._grace_seconds)
        stopped.wait()
        self._poller.stop(self._grace_seconds)


def _load_models(
    models: Mapping[str, Path] | ModelServerConfig | Path, poll_seconds: float
) -> ModelRegistry:
    """Loads the models and waits for their first versions."""
    if isinstance(models, Path):
        models = read_config(models)
    elif isinstance(models, Mapping):
        models = from_base_paths(models)
    try:
        registry = ModelRegistry(models)
    except StatusError as error:
        raise StartError(f"{error.message.removesuffix('.')}.") from error
    for store in registry.stores.values():
        _await_version(store, poll_seconds)
    return registry


def _grpc_server(
    models: ModelRegistry,
    prediction_service: PredictionService,
    healthy: health.HealthServicer,
) -> grpc.Server:
    """Builds the gRPC server, without a port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_CALLS_AT_ONCE),
        interceptors=[ParseInterceptor()],
        # With SO_REUSEPORT, two servers could share one port.
        options=[*MESSAGE_SIZE_OPTIONS, ("grpc.so_reuseport", 0)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        prediction_service, server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelService(models), server
    )
    # TF Serving registers these short names.
    for service in ("ModelService", "PredictionService"):
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
        server.add_insecure_port(address)  # Raises too if the port is taken.
        raise StartError(
            "Cannot use the certificates of --ssl_config_file; give server_key "
            "and server_cert as matching PEM texts."
        ) from error


def _await_version(store: VersionManager, poll_seconds: float) -> None:
    """Waits for a first version in an empty directory, as TF Serving does."""
    model = f"model '{store.name}' in {store.base_path}"
    waiting = False
    while not store.loaded:
        failures = [s.status.error_message for s in store.statuses.values()]
        if any(failures):
            raise StartError(
                f"Cannot load the newest version of {model}: "
                f"{' '.join(failures[0].split())}"
            )
        if not store.base_path.is_dir():
            raise StartError(
                f"There is no directory for {model}; export a version there "
                "first, so that <number>/saved_model.pb exists."
            )
        if not waiting:
            _logger.info("Waiting for a first version of %s.", model)
        waiting = True
        time.sleep(poll_seconds)
        store.refresh()


@contextlib.contextmanager
def _taking(host: str, port: int, flag: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, OSError, OverflowError) as error:
        raise StartError(
            f"Cannot listen on {host}:{port}; choose another {flag}, or 0 for "
            "any free port."
        ) from error
