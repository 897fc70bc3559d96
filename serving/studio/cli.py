"""Command line of the page: `python -m serving.studio`."""

import contextlib
import dataclasses
import math
import tempfile
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.stop_signal import StopSignal
from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from atelier.schema.model_versions import find_versions
from atelier.schema.signatures import SIGNATURES
from serving.experiments.assignment import load_experiment
from serving.local_server.model_flags import AppendNamed
from serving.local_server.model_flags import name_and_path
from serving.studio.app import AppConfig
from serving.studio.app import create_app
from serving.studio.event_log import MAX_TOTAL_BYTES
from serving.studio.server import bind
from serving.studio.server import serve

_OWN_MACHINE = ("127.0.0.1", "0.0.0.0")
_FIRST_SECONDS = 10.0  # A model that hangs does not keep the page closed.
_DESCRIPTION = """\
Serves the studio, a web page of the recommender and the designer.

    python -m serving.studio --model recommender=models/recommender \\
      --model designer=models/designer

The models run in this process, as in `serving.local_server`, unless
--rest_server names a TF Serving that has them.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class StudioOptions(Options):
    """Flags of the command."""

    model: tuple[tuple[str, str], ...] = option(
        (),
        f"model, {' or '.join(SIGNATURES)}, and directory of its versions; may "
        "be repeated",
        parse=name_and_path,
        action=AppendNamed,
        metavar="NAME=DIR",
    )
    rest_server: str | None = option(
        None,
        "URL of TF Serving's REST API, such as http://localhost:8501; --model "
        "is then the folder of photos and item data alone, and optional",
        metavar="URL",
    )
    host: str = option("127.0.0.1", "address to listen on")
    port: int = option(8080, "port; 0 picks a free port", least=0, most=65535)
    allowed_host: tuple[str, ...] = option(
        (),
        "name by which browsers reach the page besides localhost; may be "
        "repeated",
        metavar="NAME",
    )
    rate_limit: float = option(
        20.0,
        "requests per second of each client, a fifth as many with images; 0 "
        "for no limit",
        least=0,
    )
    events_dir: Path | None = option(
        None,
        "folder for the log of feedback: what was shown, liked and hidden "
        "(default: no log)",
        metavar="DIR",
    )
    events_mb: int = option(
        MAX_TOTAL_BYTES // 2**20,
        "maximum size of all files of the log in MB; beyond it feedback is "
        "refused, nothing is deleted",
        least=1,
    )
    experiment: Path | None = option(
        None,
        "JSON file of an A/B experiment over version labels, with name, salt "
        "and labels",
        metavar="FILE",
    )
    ready_file: Path | None = option(
        None,
        "file that receives host:port once the page answers",
        metavar="FILE",
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Serves the page until SIGTERM or SIGINT.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Raises:
        UserError: If the flags contradict each other, a model has no version,
            or the port is taken.
    """
    options = StudioOptions.parse(
        argv, "python -m serving.studio", _DESCRIPTION
    )
    model_dirs = _model_dirs(options)
    if options.events_dir:
        options.events_dir.mkdir(parents=True, exist_ok=True)
        # Fails now, and not at the first event.
        tempfile.TemporaryFile(dir=options.events_dir).close()
    experiment = None
    if options.experiment:
        if not options.rest_server:
            raise UserError(
                "--experiment needs --rest_server: versions have labels in "
                "TF Serving and in serving.local_server --model_config_file"
            )
        experiment = load_experiment(str(options.experiment))
    listener = bind(options.host, options.port)
    host = _bracketed(options.host)
    address = f"{host}:{listener.getsockname()[1]}"
    with _rest_server(options, model_dirs) as rest_server:
        app = create_app(
            AppConfig(
                rest_server=rest_server,
                models=tuple(model_dirs or SIGNATURES),
                model_dirs=model_dirs,
                allowed_hosts=(host, *options.allowed_host),
                rate_limit=options.rate_limit or math.inf,
                events_dir=options.events_dir,
                max_event_bytes=options.events_mb * 2**20,
                experiment=experiment,
            )
        )
        stop = StopSignal()
        with serve(app, listener):
            if options.ready_file:
                atomic_write(str(options.ready_file), address)
            print(
                f"The studio is open at http://{_shown(address)} (press Ctrl+C "
                "to stop it)",
                flush=True,
            )
            stop.wait()


def _model_dirs(options: StudioOptions) -> dict[str, Path]:
    """Returns the folders by model, each with a version in it."""
    if not options.model and not options.rest_server:
        raise UserError(
            "the studio needs a model; give --model recommender=DIR or "
            "--rest_server URL"
        )
    for name, folder in options.model:
        if name not in SIGNATURES:
            raise UserError(
                f"--model must be {' or '.join(SIGNATURES)}, got {name!r}"
            )
        if not Path(folder).is_dir():
            raise UserError(
                f"--model {name}: there is no folder {folder}; export the "
                "model first"
            )
        if not find_versions(folder):
            raise UserError(
                f"--model {name}: {folder} holds no version of a model; give "
                "the folder that `export` wrote, with a folder of digits in it"
            )
    return {name: Path(folder) for name, folder in options.model}


@contextlib.contextmanager
def _rest_server(
    options: StudioOptions, model_dirs: dict[str, Path]
) -> Iterator[str]:
    """Context manager of a running model server; gives its URL."""
    if options.rest_server:
        url = urlsplit(options.rest_server)
        if url.scheme not in ("http", "https") or not url.netloc:
            raise UserError(
                "--rest_server must be a URL such as http://localhost:8501, "
                f"got {options.rest_server!r}"
            )
        yield options.rest_server
        return
    # Imported here because it imports TensorFlow, which takes seconds.
    from serving.local_server.server import ModelServer
    from serving.local_server.server import StartError
    from serving.studio.warm_up import FIRST_SIGNATURES
    from serving.studio.warm_up import warm_up

    try:
        server = ModelServer(
            model_dirs, rest_port=0, grace_seconds=5.0, rest_timeout=120.0
        )
    except StartError as error:
        raise UserError(str(error)) from error
    with server:
        # The first list would wait for these and the others together.
        warm_up(server.address, model_dirs, FIRST_SIGNATURES, _FIRST_SECONDS)
        threading.Thread(
            target=warm_up, args=(server.address, model_dirs), daemon=True
        ).start()
        yield f"http://{server.rest_address}"


def _bracketed(host: str) -> str:
    """Returns an address as URLs have it, IPv6 in brackets."""
    return f"[{host.strip('[]')}]" if ":" in host else host


def _shown(address: str) -> str:
    """Returns an address for the address bar of a browser."""
    host, _, port = address.rpartition(":")
    return f"localhost:{port}" if host in _OWN_MACHINE else address
