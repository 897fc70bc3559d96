"""Command line of the local server: `python -m serving.local_server`."""

import argparse
import math
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from atelier.cli.logging_setup import set_up_logging
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from serving.local_server import server as server_module
from serving.local_server.server import ModelServer
from serving.local_server.server import StartError
from serving.ops.tls import server_credentials


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT, then finishes the calls in flight.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Returns:
        Exit code: 0, 2 if the server cannot start, 130 if interrupted before.
    """
    options = _parse_arguments(argv)
    try:
        set_up_logging()
        server = ModelServer(
            options.model_config_file or dict(options.model),
            host=options.host,
            port=options.port,
            rest_port=options.rest_api_port,
            poll_seconds=options.poll_seconds,
            rest_timeout=options.rest_api_timeout_in_ms / 1000 or math.inf,
            tensor_content=options.enable_serialization_as_tensor_content,
            credentials=options.ssl_config_file
            and server_credentials(options.ssl_config_file),
        )
    except (StartError, UserError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # While it waits for a first version.
        return 130
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with server:
        print(_describe(server), flush=True)
        if options.ready_file:
            try:
                atomic_write(str(options.ready_file), server.address)
            except OSError as error:
                print(
                    f"Cannot write --ready_file {options.ready_file}: "
                    f"{error.strerror}.",
                    file=sys.stderr,
                )
                return 2
        stop.wait()
    return 0


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m serving.local_server",
        description=server_module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_model_flags(parser)
    _add_address_flags(parser)
    _add_call_flags(parser)
    options = parser.parse_args(argv)
    if options.model and len(dict(options.model)) < len(options.model):
        parser.error("argument --model: the same NAME was given twice")
    return options


def _add_model_flags(parser: argparse.ArgumentParser) -> None:
    models = parser.add_mutually_exclusive_group(required=True)
    models.add_argument(
        "--model",
        action="append",
        type=_name_and_path,
        metavar="NAME=DIR",
        help="model name and directory of its versions; may be repeated",
    )
    models.add_argument(
        "--model_config_file",
        type=Path,
        metavar="FILE",
        help="TF Serving configuration of models, version policies and labels; "
        "reloaded when it changes",
    )
    parser.add_argument(
        "--poll_seconds",
        type=_positive_seconds,
        default=1.0,
        help="seconds between checks for new versions and for changes of the "
        "model configuration (default: %(default)g)",
    )


def _add_address_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port",
        type=int,
        default=8500,
        help="gRPC port; 0 picks a free port (default: %(default)d)",
    )
    parser.add_argument(
        "--rest_api_port",
        type=int,
        help="REST port, usually 8501; 0 picks a free port (default: no REST "
        "API)",
    )
    parser.add_argument(
        "--ssl_config_file",
        type=Path,
        metavar="FILE",
        help="TF Serving configuration of the gRPC key and certificate; "
        "`python -m serving.ops.configure` writes it",
    )
    parser.add_argument(
        "--ready_file",
        type=Path,
        help="file that receives host:port once the server answers",
    )


def _add_call_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rest_api_timeout_in_ms",
        type=_milliseconds,
        default=30_000,
        help="milliseconds until a prediction over REST is aborted; 0 for no "
        "limit (default: %(default)d)",
    )
    parser.add_argument(
        "--enable_serialization_as_tensor_content",
        action="store_true",
        help="send the outputs of Predict as tensor_content instead of lists "
        "of values",
    )


def _name_and_path(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"expected NAME=DIR, got '{text}'")
    return name, Path(path)


def _milliseconds(text: str) -> int:
    milliseconds = int(text)
    if milliseconds < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {text}")
    return milliseconds


def _positive_seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"expected more than 0, got {text}")
    return seconds


def _describe(server: ModelServer) -> str:
    served = ", ".join(
        f"{name} version {version}"
        for name, store in server.models.stores.items()
        for version in sorted(store.loaded)
    )
    line = f"Serving {served} at {server.address}"
    if server.rest_address:
        line += f", REST at http://{server.rest_address}/v1/models"
    for name, store in server.models.stores.items():
        if store.newest and "recommend_for_items" in store.newest.signatures:
            return (
                f"{line}; try: python -m serving.client --server "
                f"{server.address} --model {name} recommend --user USER_ID"
            )
    return line
