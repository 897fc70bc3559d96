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
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2

from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.schema.warmup_requests import read_warm_up
from serving.client.cli_args import positive_number
from serving.client.cli_server_args import ServerOptions
from serving.ops.load_generator import Load
from serving.ops.load_generator import run_load

_PERCENTILES = (50, 90, 95, 99, 99.9)


def _chart(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".png", ".svg"):
        raise argparse.ArgumentTypeError(f"expected .png or .svg, got {text}")
    return path


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadOptions(ServerOptions):
    """Flags of the load test."""

    requests: tuple[Path, ...] = option(
        ..., "warm-up request files of exported versions", nargs="+"
    )
    signature: str | None = option(
        None, "signature to call, such as embed_users; else all"
    )
    model: str | None = option(
        None, "model name on the server (default: as in the file)"
    )
    rate: float = option(
        50.0, "average calls per second", parse=positive_number
    )
    seconds: float = option(10.0, "duration in seconds", parse=positive_number)
    deadline_seconds: float = option(
        5.0, "deadline of a call in seconds", parse=positive_number
    )
    seed: int = option(
        0,
        "random seed of the call times and the choice of requests",
        parse=int,
    )
    p99_ms: float | None = option(
        None, "maximum 99th percentile latency, ms", parse=positive_number
    )
    max_failed: float = option(
        0.0, "maximum fraction of failed calls", parse=float
    )
    chart: Path | None = option(
        None, "PNG or SVG file for a latency chart", parse=_chart
    )


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
    args = LoadOptions.parse(argv, "python -m serving.ops.loadtest", __doc__)
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
            credentials=args.credentials(),
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


def _ask_for_version(spec: model_pb2.ModelSpec, args: LoadOptions) -> None:
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


def _missed(load: Load, args: LoadOptions) -> list[str]:
    missed = []
    p99 = load.percentile_ms(99)
    if args.p99_ms is not None and p99 > args.p99_ms:
        missed.append(f"p99 is {p99:.1f} ms, more than {args.p99_ms:g} ms")
    failed = sum(load.failures.values()) / len(load.codes)
    if failed > args.max_failed:
        missed.append(f"{failed:.2%} failed, more than {args.max_failed:.2%}")
    return missed


if __name__ == "__main__":
    run_command(main)
