"""A local server that speaks TF Serving's gRPC API, for laptops and tests.

    python -m serving.server --model recommender=runs/x/recommender

It serves the newest version of each model and swaps in newer ones as they are
published, without failing a call. It has no batching, no version labels and
no warm-up; for traffic, run TF Serving on the same directories.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Mapping
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path
from types import TracebackType

import grpc
import tensorflow as tf
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.model_service import ModelService
from serving.model_store import ModelStore
from serving.prediction_service import PredictionService

_GRACE_SECONDS = 5.0
_CALLS_AT_ONCE = 8


class StartError(Exception):
    """Says in one sentence why the server cannot start."""


class ModelServer:
    """Serves models while it is used as a context manager."""

    def __init__(
        self,
        base_paths: Mapping[str, Path],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        poll_seconds: float = 1.0,
    ) -> None:
        """Loads the models and takes the port; answers once entered.

        Args:
            base_paths: The directory of the version directories, by model
                name.
            host: The address to listen on.
            port: The port to listen on; 0 picks a free one.
            poll_seconds: Seconds between looks for newer versions.

        Raises:
            StartError: if a model has no version that loads, or the port is
                taken.
        """
        self.stores = {
            name: _first_load(ModelStore(name, base_path))
            for name, base_path in base_paths.items()
        }
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._poller = threading.Thread(target=self._poll, daemon=True)
        self._server = grpc.server(
            futures.ThreadPoolExecutor(_CALLS_AT_ONCE),
            # Without the second, two servers could share one port.
            options=[*MESSAGE_SIZE_OPTIONS, ("grpc.so_reuseport", 0)],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(self.stores), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(self.stores), self._server
        )
        try:
            port = self._server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise StartError(
                f"Cannot listen on {host}:{port}; choose another --port, or 0 "
                "for a free one."
            ) from error
        self.address = f"{host}:{port}"

    def __enter__(self) -> "ModelServer":
        """Starts to answer and to look for newer versions."""
        self._server.start()
        self._poller.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Refuses new calls and lets those in flight finish, for a while."""
        self._stopping.set()
        self._server.stop(_GRACE_SECONDS).wait()
        self._poller.join(_GRACE_SECONDS)

    def _poll(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            for store in self.stores.values():
                store.refresh()


def _first_load(store: ModelStore) -> ModelStore:
    store.refresh()
    if store.loaded is not None:
        return store
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


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT.

    Args:
        argv: Arguments after the program's name; those of the process if None.

    Returns:
        The exit code: 0, or 2 when the server cannot start.
    """
    options = _parse_arguments(argv)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    tf.get_logger().setLevel(logging.ERROR)
    try:
        server = ModelServer(
            dict(options.model),
            host=options.host,
            port=options.port,
            poll_seconds=options.poll_seconds,
        )
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with server:
        print(_describe(server), flush=True)
        if options.ready_file:
            _write_whole(options.ready_file, server.address)
        stop.wait()
    return 0


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m serving.server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        type=_name_and_path,
        metavar="NAME=DIR",
        help="a model's name and its directory of versions; may be repeated",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=8500, help="0 picks a free one"
    )
    parser.add_argument(
        "--poll_seconds",
        type=_positive_seconds,
        default=1.0,
        help="seconds between looks for newer versions",
    )
    parser.add_argument(
        "--ready_file",
        type=Path,
        help="a file to write host:port to as soon as calls are answered",
    )
    options = parser.parse_args(argv)
    if len(dict(options.model)) < len(options.model):
        parser.error("argument --model: the same NAME was given twice")
    return options


def _name_and_path(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"expected NAME=DIR, got '{text}'")
    return name, Path(path)


def _positive_seconds(text: str) -> float:
    seconds = float(text)
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"expected more than 0, got {text}")
    return seconds


def _describe(server: ModelServer) -> str:
    served = ", ".join(
        f"{name} version {store.loaded.version}"
        for name, store in server.stores.items()
        if store.loaded
    )
    line = f"Serving {served} at {server.address}"
    for name, store in server.stores.items():
        if store.loaded and "recommend_for_items" in store.loaded.signatures:
            return (
                f"{line}; try: python -m serving.client --server "
                f"{server.address} --model {name} recommend --user USER_ID"
            )
    return line


def _write_whole(path: Path, text: str) -> None:
    # Renamed last, so that a reader never sees half of it.
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
