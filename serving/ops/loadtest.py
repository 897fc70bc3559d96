r"""Measures the latency of a server at a fixed request rate.

    python -m serving.ops.loadtest --server localhost:8500 --rate 200 \
      --seconds 30 \
      --requests MODEL_DIR/*/assets.extra/tf_serving_warmup_requests \
      --p99_ms 50 --chart load.png

The requests are the warm-up requests that an export writes into each version,
of all signatures or of one. The exit code is 1 if the latency objective
(--p99_ms) or the error objective (--max_failed) is missed.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2

from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.schema.warmup_requests import read_warm_up
from serving.client.cli_server_args import add_server
from serving.client.cli_server_args import credentials_of
from serving.ops.load_generator import Load
from serving.ops.load_generator import run_load

_PERCENTILES = (50, 90, 95, 99, 99.9)


def read_requests(
    paths: Sequence[Path], signature: str | None, model: str | None
) -> list[predict_pb2.PredictRequest]:
    """Reads the requests of warm-up files.

    Args:
        paths: TFRecord files of `PredictionLog`, as for TF Serving's warm-up.
        signature: Signature whose requests are kept; all if None.
        model: Model name to call; the name in each request if None.

    Returns:
        Requests of all files.

    Raises:
        UserError: if a file cannot be read, or no request is left.
    """
    requests = [
        request for path in paths for request in read_warm_up(str(path))
    ]
    names = sorted({r.model_spec.signature_name for r in requests})
    if signature:
        requests = [
            request
            for request in requests
            if request.model_spec.signature_name == signature
        ]
    if not requests:
        raise UserError(
            f"{', '.join(map(str, paths))} has no request of the signature "
            f"'{signature}', only of {', '.join(names) or 'none'}"
        )
    for request in requests:
        request.model_spec.name = model or request.model_spec.name
    return requests


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the load test, prints a table and checks the objectives.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Raises:
        UserError: if the requests or a certificate cannot be read, the address
            is invalid, or no call was scheduled.
        SystemExit: with 1, if an objective is missed.
    """
    args = _parse_arguments(argv)
    requests = read_requests(args.requests, args.signature, args.model)
    if args.chart:
        args.chart.touch()  # Fails before the load if it is not writable.
    try:
        for request in requests:
            _ask_for_version(request.model_spec, args)
        load = run_load(
            args.server,
            requests,
            args.rate,
            args.seconds,
            credentials=credentials_of(args),
            deadline_seconds=args.deadline_seconds,
            seed=args.seed,
        )
    except ValueError as error:
        raise UserError(str(error)) from error
    if not load.codes:
        raise UserError(
            "no call was scheduled within --seconds; raise --seconds or --rate"
        )
    _print_table(load, args.seconds)
    if args.chart:
        # Imported here, because matplotlib is an optional dependency.
        from serving.ops.load_chart import draw_load

        draw_load(load, args.chart, args.p99_ms)
    missed = _missed(load, args)
    for sentence in missed:
        print(f"missed: {sentence}")
    if missed:
        sys.exit(1)


def _ask_for_version(
    spec: model_pb2.ModelSpec, args: argparse.Namespace
) -> None:
    if args.version is not None:
        spec.version.value = args.version
    if args.label is not None:
        spec.version_label = args.label


def _print_table(load: Load, seconds: float) -> None:
    calls, failed = len(load.codes), sum(load.failures.values())
    print(f"calls     {calls}, {calls / seconds:.1f} per second")
    print(f"failed    {failed}, {failed / calls:.2%}")
    for code, count in sorted(load.failures.items()):
        print(f"  {code} {count}")
    for percent in _PERCENTILES:
        name = f"p{percent:g}"
        print(f"{name:9} {load.percentile_ms(percent):.1f} ms")
    print(f"{'max':9} {load.percentile_ms(100):.1f} ms")


def _missed(load: Load, args: argparse.Namespace) -> list[str]:
    missed = []
    p99 = load.percentile_ms(99)
    if args.p99_ms is not None and p99 > args.p99_ms:
        missed.append(f"p99 is {p99:.1f} ms, more than {args.p99_ms:g} ms")
    failed = sum(load.failures.values()) / len(load.codes)
    if failed > args.max_failed:
        missed.append(f"{failed:.2%} failed, more than {args.max_failed:.2%}")
    return missed


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m serving.ops.loadtest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add: Any = parser.add_argument
    add_server(parser)
    add(
        "--requests",
        type=Path,
        nargs="+",
        required=True,
        help="warm-up request files of exported versions",
    )
    add("--signature", help="signature to call, such as embed_users; else all")
    add("--model", help="model name on the server (default: as in the file)")
    add(
        "--rate",
        type=_positive,
        default=50.0,
        help="average calls per second (default: %(default)g)",
    )
    add(
        "--seconds",
        type=_positive,
        default=10.0,
        help="duration in seconds (default: %(default)g)",
    )
    add(
        "--deadline_seconds",
        type=_positive,
        default=5.0,
        help="deadline of a call in seconds (default: %(default)g)",
    )
    add(
        "--seed",
        type=int,
        default=0,
        help="random seed of the call times and the choice of requests",
    )
    add("--p99_ms", type=_positive, help="maximum 99th percentile latency, ms")
    add(
        "--max_failed",
        type=float,
        default=0.0,
        help="maximum fraction of failed calls (default: %(default)g)",
    )
    add("--chart", type=_chart, help="PNG or SVG file for a latency chart")
    return parser.parse_args(argv)


def _chart(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".png", ".svg"):
        raise argparse.ArgumentTypeError(f"expected .png or .svg, got {text}")
    return path


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected more than 0, got {text}")
    return number


if __name__ == "__main__":
    run_command(main)
