"""Flags of the commands that publish a version."""

import argparse
from typing import Any

from atelier.io.errors import UserError
from export.publishing.recommender_options import RecommenderOptions
from trainer.training.run_flags import add_data_dirs

MIN_RECALL = 0.95
"""Default minimum recall against exact search."""


def add_model_dir(parser: argparse.ArgumentParser) -> None:
    """Adds `--model_dir`."""
    parser.add_argument(
        "--model_dir",
        required=True,
        help="folder that holds all versions of the model",
    )


def add_publish_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--model_dir` and `--keep`.

    Args:
        parser: Parser of a command that publishes versions.
    """
    add_model_dir(parser)
    parser.add_argument(
        "--keep",
        type=_models_kept,
        help="number of newest models to keep, each in its newest version; "
        "older versions are deleted. Versions that differ only in stock count "
        "as one model (default: keep all)",
    )


def add_recommender_arguments(
    parser: argparse.ArgumentParser,
    top_k: str,
    index: str,
    batching: str,
    data_flag: str = "--data_dir",
) -> None:
    """Adds the flags of the commands that publish a recommender.

    Args:
        parser: Parser of the command.
        top_k: Help text for the default of `--top_k`.
        index: Help text for the default of `--index`.
        batching: Help text for the default of `--batching`.
        data_flag: Name of the flag for a data set of the run that moved.
    """
    parser.add_argument(
        "--run_dir", required=True, help="folder of a trained recommender"
    )
    add_data_dirs(parser, data_flag)
    add_publish_arguments(parser)
    parser.add_argument(
        "--top_k",
        type=int,
        help=f"number of items per list (default: {top_k})",
    )
    parser.add_argument(
        "--index",
        choices=["exact", "ivf"],
        help="exact: score all items for each request; ivf: score only "
        "the most promising part of a large catalog, which is faster "
        f"(default: {index})",
    )
    parser.add_argument(
        "--min_recall",
        type=float,
        help="fraction of the exact lists that an IVF index must find, "
        f"0 to 1; lower is faster (default: {MIN_RECALL}; for refresh-items, "
        "that of the served version if it has such an index)",
    )
    parser.add_argument(
        "--batching",
        action=argparse.BooleanOptionalAction,
        help="let TF Serving batch concurrent calls, which saves time under "
        "load; for trusted callers only: a malformed call fails all calls of "
        f"its batch, or crashes the server (default: {batching})",
    )


def recommender_options(
    args: argparse.Namespace, before: dict[str, Any]
) -> RecommenderOptions:
    """Returns the options that the flags of a command name.

    Args:
        args: Parsed flags of `add_recommender_arguments`.
        before: Metadata of the version whose options are the defaults.

    Raises:
        UserError: If a value is out of range, or `--min_recall` is given and
            the index is exact.
    """
    min_recall = before.get("min_recall")
    if args.index == "exact":
        min_recall = None
    elif args.index == "ivf" and min_recall is None:
        min_recall = MIN_RECALL
    if args.min_recall is not None:
        if min_recall is None:
            raise UserError("--min_recall requires --index ivf")
        min_recall = args.min_recall
    served = {name: before.get(name) for name in ("top_k", "batched")}
    given = {"top_k": args.top_k, "batched": args.batching, "keep": args.keep}
    chosen = {
        name: value
        for options in (served, given)
        for name, value in options.items()
        if value is not None
    }
    return RecommenderOptions(min_recall=min_recall, **chosen)


def print_published(version: str, model: str) -> None:
    """Prints the folder of a new version and the command that serves it.

    Args:
        version: Folder of the version.
        model: Model name in TF Serving.
    """
    print(
        f"published {version}; next: python -m serving.local_server "
        f"--model {model}={version.rpartition('/')[0]}"
    )


def _models_kept(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a number of models, 1 or more, got {text!r}"
        )
    return int(text)
