r"""Calls a server at a fixed rate and says how long the answers took.

    python -m serving.ops.loadtest --server localhost:8500 --rate 200 \
      --seconds 30 \
      --requests MODEL_DIR/*/assets.extra/tf_serving_warmup_requests \
      --p99_ms 50 --chart load.png

The requests are those that an export leaves in each version to warm TF Serving
up, of all its signatures or of one. The exit code is 1 if the objective is
missed.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
import tensorflow as tf
from google.protobuf import message
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from serving.client.cli_server_args import add_server
from serving.client.cli_server_args import credentials_of
from serving.ops.load_generator import Load
from serving.ops.load_generator import run_load

_PERCENTILES = (50, 90, 95, 99, 99.9)


def read_requests(
    paths: Sequence[Path], signature: str | None, model: str | None
) -> list[predict_pb2.PredictRequest]:
    """Reads what to ask.

    Args:
        paths: TFRecords of `PredictionLog`, as TF Serving's warm-up has them.
        signature: Only requests of this one are kept, if given.
        model: The model to ask, if not the one that they name.

    Raises:
        UserError: If there are none.
    """
    requests = [one for path in paths for one in _read(path)]
    names = sorted({one.model_spec.signature_name for one in requests})
    if signature:
        requests = [
            one
            for one in requests
            if one.model_spec.signature_name == signature
        ]
    if not requests:
        raise UserError(
            f"{', '.join(map(str, paths))} has no request of the signature "
            f"'{signature}', only of {', '.join(names) or 'none'}"
        )
    for request in requests:
        request.model_spec.name = model or request.model_spec.name
    return requests


def _read(path: Path) -> list[predict_pb2.PredictRequest]:
    try:
        return [
            prediction_log_pb2.PredictionLog.FromString(
                record.numpy()
            ).predict_log.request
            for record in tf.data.TFRecordDataset(str(path))
        ]
    except (tf.errors.OpError, message.DecodeError) as error:
        raise UserError(
            f"cannot read {path}, which should be an exported version's "
            "assets.extra/tf_serving_warmup_requests"
        ) from error


def main(argv: Sequence[str] | None = None) -> None:
    """Calls, prints a table and holds it against the objective.

    Args:
        argv: Arguments after the program's name; those of the process if None.

    Raises:
        UserError: If the requests or a certificate cannot be read, or no call
            came.
        SystemExit: With 1, if the objective is missed.
    """
    args = _parse_arguments(argv)
    requests = read_requests(args.requests, args.signature, args.model)
    for request in requests:
        _ask_for_version(request.model_spec, args)
    if args.chart:
        args.chart.touch()  # Or what cannot be written is known too late.
    load = run_load(
        args.server,
        requests,
        args.rate,
        args.seconds,
        credentials=_credentials(args),
        deadline_seconds=args.deadline_seconds,
        seed=args.seed,
    )
    if not load.codes:
        raise UserError("no call was due in that time; raise --rate")
    _print_table(load, args.seconds)
    if args.chart:
        # Only here: charts are an extra of the package.
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


def _credentials(args: argparse.Namespace) -> grpc.ChannelCredentials | None:
    try:
        return credentials_of(args)
    except ValueError as error:
        raise UserError(str(error)) from error


def _print_table(load: Load, seconds: float) -> None:
    calls, failed = len(load.codes), sum(load.failures.values())
    print(f"calls     {calls}, {calls / seconds:.1f} a second")
    print(f"failed    {failed}, {failed / calls:.2%}")
    for code, count in sorted(load.failures.items()):
        print(f"  {code} {count}")
    for percent in _PERCENTILES:
        name = f"p{percent:g}"
        print(f"{name:9} {load.percentile_ms(percent):.1f} ms")
    print(f"{'longest':9} {load.percentile_ms(100):.1f} ms")


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
        help="warm-up files of versions",
    )
    add("--signature", help="only this one's requests, such as embed_users")
    add("--model", help="its name on the server, if not that of the file")
    add("--rate", type=_positive, default=50.0, help="calls a second")
    add("--seconds", type=_positive, default=10.0, help="how long")
    add("--deadline_seconds", type=_positive, default=5.0, help="for a call")
    add("--seed", type=int, default=0, help="another one, other moments")
    add("--p99_ms", type=_positive, help="99 %% must be done within so much")
    add("--max_failed", type=float, default=0.0, help="share that may fail")
    add("--chart", type=_chart, help="a PNG or SVG file to draw")
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
