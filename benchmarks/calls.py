"""Overhead of a gRPC and of a REST call over the model itself.

    python -m benchmarks.calls --model_dir runs/demo/models/recommender

The baseline is the signature, run in this process by the session of the local
server. It is compared with the gRPC and the REST client, which request the
same users from that server. The three run alternately, a few calls at a time;
the table shows median times.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import functools
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from benchmarks.timing import timed
from serving.client.recommender_client import RecommenderClient
from serving.client.rest_clients import RestRecommenderClient
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.server import ModelServer
from serving.ops.loadtest import read_requests

MODEL = RecommenderClient.MODEL
SIGNATURE = "serving_default"
BATCHES = (1, 64)
CALLS = 5
"""Calls per turn; the first, which finds the caches cold, is not counted."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    model_dir: str = option(..., "folder with exported versions")
    rounds: int = option(20, "number of turns")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results; see `--help`."""
    args = _Flags.parse(argv, "python -m benchmarks.calls", __doc__)
    base_path = Path(args.model_dir)
    user_id = _known_user(base_path)
    with ModelServer({MODEL: base_path}, rest_port=0) as server:
        model = server.models.stores[MODEL].newest
        assert model  # The server starts only if there is a version.
        with (
            RecommenderClient(server.address) as rpc,
            RestRecommenderClient(f"http://{server.rest_address}") as rest,
        ):
            for batch in BATCHES:
                users = [user_id] * batch
                calls: dict[str, Callable[[], Any]] = {
                    "signature": _in_process(model, users),
                    "gRPC": functools.partial(rpc.recommend, users),
                    "REST": functools.partial(rest.recommend, users),
                }
                _print(batch, _in_turns(calls, args.rounds))


def _known_user(base_path: Path) -> str:
    """Returns the user id of the newest version's first warm-up request."""
    paths = sorted(base_path.glob("*/assets.extra/tf_serving_warmup_requests"))
    if not paths:
        raise UserError(
            f"{base_path} has no model version; export one with `export.task "
            "recommender` first"
        )
    (request, *_) = read_requests(paths[-1:], SIGNATURE, MODEL)
    user_id: bytes = request.inputs["user_id"].string_val[0]
    return user_id.decode("utf-8")


def _in_process(model: LoadedVersion, users: list[str]) -> Callable[[], Any]:
    signature = model.signatures[SIGNATURE]
    fetches = {name: output.name for name, output in signature.outputs.items()}
    feeds = {
        signature.inputs["user_id"].name: np.array(
            [user_id.encode("utf-8") for user_id in users], object
        )
    }
    return lambda: model.run(fetches, feeds)


def _in_turns(
    calls: dict[str, Callable[[], Any]], rounds: int
) -> dict[str, float]:
    """Returns the median seconds per call, by name."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name] += [timed(call) for _ in range(CALLS)][1:]
    return {name: statistics.median(times) for name, times in seconds.items()}


def _print(batch: int, seconds: dict[str, float]) -> None:
    limit = seconds["signature"]
    print(f"\n{f'users per call: {batch}':22}{'ms':>8}{'added ms':>10}")
    for name, median in seconds.items():
        added = "" if name == "signature" else f"{1e3 * (median - limit):10.2f}"
        print(f"{name:22}{1e3 * median:8.2f}{added}")


if __name__ == "__main__":
    run_command(main)
