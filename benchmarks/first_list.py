"""Time from a tap on a user to the list, through the studio and without it.

    python -m benchmarks.first_list --model_dir runs/demo/models/recommender

As the page does, the studio is asked for the list of a user and then for the
titles, prices and categories of its items, over REST at its own port. The floor
is the same two calls of the signatures in this process. The two run
alternately, each time for another user; the table shows medians, and the time
of the first list after the start of the studio, while its models warm up.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import contextlib
import dataclasses
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.schema.model_versions import find_versions
from atelier.schema.signatures import NO_MAX_PRICE
from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from benchmarks.timing import timed
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.server import ModelServer

CATALOG = "assets.extra/catalog/catalog.json"
START_SECONDS = 120

Predict = Callable[[str, dict[str, list[Any]]], dict[str, list[Any]]]
"""`predict(signature, inputs)` returns the rows of each output."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    model_dir: Path = option(..., "folder with exported versions")
    turns: int = option(50, "number of turns")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results; see `--help`."""
    flags = _Flags.parse(argv, "python -m benchmarks.first_list", __doc__)
    users = itertools.cycle(_users(flags.model_dir))
    with (
        ModelServer({RECOMMENDER: flags.model_dir}) as server,
        _studio(flags.model_dir) as address,
    ):
        version = server.models.stores[RECOMMENDER].newest
        assert version  # The server starts only if there is a version.
        studio, model = _over_rest(address), _in_process(version)
        first = timed(show_list, studio, next(users))
        seconds = [
            [timed(show_list, call, next(users)) for call in (studio, model)]
            for _ in range(flags.turns)
        ]
    through, alone = map(statistics.median, zip(*seconds, strict=True))
    print(f"{'ms to a list of ' + flags.model_dir.name:40}{'ratio':>8}")
    print(f"{'studio, the first after its start':32}{1e3 * first:8.1f}")
    print(f"{'studio':32}{1e3 * through:8.1f}{through / alone:8.2f}")
    print(f"{'model alone':32}{1e3 * alone:8.1f}{1:8.2f}")


def show_list(predict: Predict, user_id: str) -> None:
    """Asks for the list of a user and for the facts of its items.

    Args:
        predict: Call of a signature.
        user_id: User id.
    """
    ranking = predict(
        "recommend_filtered",
        {
            "user_id": [user_id],
            "categories": [[""]],
            "exclude_ids": [[""]],
            "filters": [[""]],
            "min_price": [0.0],
            "max_price": [NO_MAX_PRICE],
            "include_owned": [False],
            "diversity": [0.0],
            "collapse_variants": [False],
        },
    )
    shown = {*ranking["item_ids"][0], *ranking["because_item_ids"][0]} - {""}
    predict("item_info", {"item_id": sorted(shown)})


def _users(model_dir: Path) -> list[str]:
    """Returns the sample of users of the newest version."""
    versions = find_versions(str(model_dir))
    path = model_dir / str(max(versions, default=0)) / CATALOG
    catalog = json.loads(path.read_text("utf-8")) if path.exists() else {}
    users = [user["user_id"] for user in catalog.get("users", [])]
    if not users:
        raise UserError(
            f"{model_dir} has no version with a sample of users; export one "
            "with `export.task recommender` first"
        )
    return users


@contextlib.contextmanager
def _studio(model_dir: Path) -> Iterator[str]:
    """Runs the studio in a process of its own; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "ready")
        command = [
            *(sys.executable, "-m", "serving.studio", "--port=0"),
            f"--model={RECOMMENDER}={model_dir}",
            *("--rate_limit=0", f"--ready_file={ready}"),
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + START_SECONDS
                while not ready.exists():
                    if (
                        process.poll() is not None
                        or time.monotonic() > deadline
                    ):
                        raise UserError("the studio does not start; see above")
                    time.sleep(0.1)
                yield f"http://{ready.read_text()}"
            finally:
                process.terminate()


def _over_rest(address: str) -> Predict:
    url = f"{address}/v1/models/{RECOMMENDER}:predict"

    def predict(
        signature: str, inputs: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        document = {"signature_name": signature, "inputs": inputs}
        request = urllib.request.Request(
            url,
            json.dumps(document).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            outputs: dict[str, list[Any]] = json.load(response)["outputs"]
        return outputs

    return predict


def _in_process(version: LoadedVersion) -> Predict:
    def predict(
        signature: str, inputs: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        served = version.signatures[signature]
        dtypes = {
            tensor.name: object if tensor.dtype == "string" else tensor.dtype
            for tensor in SIGNATURES[RECOMMENDER][signature].inputs
        }
        feeds = {
            served.inputs[name].name: np.array(rows, dtypes[name])
            for name, rows in inputs.items()
        }
        fetches = {name: one.name for name, one in served.outputs.items()}
        outputs = version.run(fetches, feeds)
        return {name: _texts(rows) for name, rows in outputs.items()}

    return predict


def _texts(rows: np.ndarray) -> list[Any]:
    """Returns an array as lists, with text for bytes."""
    if rows.dtype == object:
        rows = np.char.decode(rows.astype(bytes), "utf-8")
    listed: list[Any] = rows.tolist()
    return listed


if __name__ == "__main__":
    run_command(main)
