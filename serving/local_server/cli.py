"""Command line of the local server: `python -m serving.local_server`."""

import argparse
import contextlib
import dataclasses
import logging
import math
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.logging_setup import set_up_logging
from atelier.cli.stop_signal import StopSignal
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from atelier.schema.signatures import SIGNATURES
from serving.client.cli_args import positive_number
from serving.local_server import server as server_module
from serving.local_server.model_flags import AppendNamed
from serving.local_server.model_flags import name_and_path
from serving.local_server.server import ModelServer
from serving.local_server.server import StartError
from serving.ops.tls import server_credentials

_logger = logging.getLogger(__name__)


def _milliseconds(text: str) -> int:
    milliseconds = int(text)
    if milliseconds < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {text}")
    return milliseconds


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalServerOptions(Options):
    """Flags of the local server, named as those of TF Serving."""

    model: tuple[tuple[str, str], ...] = option(
        ...,
        "model name and directory of its versions; may be repeated",
        parse=name_and_path,
        exclusive="models",
        action=AppendNamed,
        metavar="NAME=DIR",
    )
    model_config_file: Path | None = option(
        ...,
        "TF Serving configuration of models, version policies and labels; "
        "reloaded when it changes",
        exclusive="models",
        metavar="FILE",
    )
    poll_seconds: float = option(
        1.0,
        "seconds between checks for new versions and for changes of the model "
        "configuration",
        parse=positive_number,
    )
    host: str = option("127.0.0.1", "address to listen on")
    port: int = option(8500, "gRPC port; 0 picks a free port", parse=int)
    rest_api_port: int | None = option(
        None,
        "REST port, usually 8501; 0 picks a free port (default: no REST API)",
        parse=int,
    )
    ssl_config_file: Path | None = option(
        None,
        "TF Serving configuration of the gRPC key and certificate; `python -m "
        "serving.ops.configure` writes it",
        metavar="FILE",
    )
    studio_port: int | None = option(
        None,
        "port of the studio, the web page of the models, usually 8080; 0 picks "
        "a free port (default: no page)",
        parse=int,
    )
    ready_file: Path | None = option(
        None, "file that receives host:port once the server answers"
    )
    rest_api_timeout_in_ms: int = option(
        30_000,
        "milliseconds until a prediction over REST is aborted; 0 for no limit",
        parse=_milliseconds,
    )
    enable_serialization_as_tensor_content: bool = option(
        False,
        "send the outputs of Predict as tensor_content instead of lists of "
        "values",
        action="store_true",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT, then finishes the calls in flight.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Returns:
        Exit code: 0, 2 if the server cannot start, 130 if interrupted before.
    """
    options = LocalServerOptions.parse(
        argv, "python -m serving.local_server", server_module.__doc__
    )
    try:
        set_up_logging()
        server = ModelServer(
            options.model_config_file
            or {name: Path(path) for name, path in options.model},
            host=options.host,
            port=options.port,
            rest_port=_rest_port(options),
            poll_seconds=options.poll_seconds,
            rest_timeout=options.rest_api_timeout_in_ms / 1000 or math.inf,
            tensor_content=options.enable_serialization_as_tensor_content,
            credentials=options.ssl_config_file
            and server_credentials(options.ssl_config_file),
        )
        studio = _studio(options, server)
    except (StartError, UserError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # While it waits for a first version.
        return 130
    stop = StopSignal()
    with server, studio:
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


def _rest_port(options: LocalServerOptions) -> int | None:
    """Returns the REST port, a free one for the studio if there is none."""
    if options.rest_api_port is None and options.studio_port is not None:
        return 0
    return options.rest_api_port


def _studio(
    options: LocalServerOptions, server: ModelServer
) -> AbstractContextManager[None]:
    """Takes the port of the studio, which answers inside of the context.

    Raises:
        UserError: if the port is taken.
    """
    if options.studio_port is None:
        return contextlib.nullcontext()
    # Imported here because the server alone needs no Starlette.
    from serving.studio.app import AppConfig
    from serving.studio.app import create_app
    from serving.studio.server import bind
    from serving.studio.server import serve

    stores = server.models.stores
    config = AppConfig(
        rest_server=f"http://{server.rest_address}",
        models=tuple(name for name in SIGNATURES if name in stores),
        model_dirs={
            name: store.base_path
            for name, store in stores.items()
            if name in SIGNATURES
        },
        allowed_hosts=(options.host,),
    )
    listener = bind(options.host, options.studio_port)
    _logger.info(
        "The studio is at http://%s:%d.",
        options.host,
        listener.getsockname()[1],
    )
    return serve(create_app(config), listener)


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
