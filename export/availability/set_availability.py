"""Publishes the version that is served again, with other items in stock.

Nothing is trained or embedded: weights are copied, and a variable that says
which items can be bought is written anew.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from export.availability.availability_variables import read_availability
from export.availability.availability_variables import write_availability
from export.availability.read_item_ids import read_item_list
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.publishing.blessing import bless
from export.publishing.blessing import probe_in_subprocess
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.publisher import add_publish_arguments
from export.publishing.publisher import copy_version
from export.publishing.publisher import publishing
from export.publishing.version import COPY_OF
from export.publishing.version import STOCK
from export.publishing.version import Version
from export.publishing.version import served_version
from export.publishing.warmup_requests import read_warm_up

MAX_DROP = 0.5
_NAMED = 5


def add_in_stock(commands: Any) -> None:
    """Adds the command to those of `export.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        "set-availability",
        help="recommend only what can be bought, without training",
        description="Publishes the version that is served again, with other "
        "items in stock. Only\nthose are in any list from then on.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_publish_arguments(parser)
    parser.add_argument(
        "--items",
        required=True,
        help="ids of all items that can be bought: .txt, one a line, .csv or "
        ".parquet",
    )
    parser.add_argument(
        "--item_column",
        default="item_id",
        help="of a table (default: item_id)",
    )
    parser.add_argument(
        "--max_drop",
        type=float,
        default=MAX_DROP,
        help="refuse a list of which the catalogue has less than the one "
        f"before, by more than this share (default: {MAX_DROP})",
    )
    parser.set_defaults(
        run=lambda args: publish_in_stock(
            args.model_dir,
            args.items,
            args.item_column,
            args.max_drop,
            args.keep,
        )
    )


def publish_in_stock(
    model_dir: str,
    items: str,
    column: str = "item_id",
    max_drop: float = MAX_DROP,
    keep: int | None = None,
) -> str:
    """Publishes a version that lists only what is in stock.

    Args:
        model_dir: Folder of all versions of a recommender.
        items: As `read_item_list` takes it.
        column: As `read_item_list` takes it.
        max_drop: The share by which a stock may be smaller than the one before;
            1 asks for nothing.
        keep: As `publishing` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If there is no version, no item of the catalogue is in
            stock, much less is than before, or the new version does not answer
            as the old one does.
    """
    ids = read_item_list(items, column)
    with publishing(model_dir, keep=keep) as publisher:
        served = served_version(model_dir)
        before = _stock_of(served)
        listed = set(ids) & set(before)
        unknown = [one for one in ids if one not in before]
        _check_list(items, served, len(listed), unknown, max_drop)
        _tell(len(before), len(listed), unknown)

        def save(path: str) -> None:
            copy_version(served.path, path)
            write_availability(
                path, np.array([one in listed for one in before])
            )

        metadata = {
            **served.metadata,
            COPY_OF: served.origin,
            STOCK: {
                "items": items,
                "known": len(listed),
                "unknown": len(unknown),
            },
        }
        version = publisher.publish(
            save, metadata, check=lambda path: _bless(path, served, listed)
        )
    print(f"published {version}, in place of {served.number}")
    return version


def _stock_of(served: Version) -> dict[str, bool]:
    stock = read_availability(served.path)
    if not stock:
        raise UserError(
            f"{served.path} knows of no stock: it is no recommender, an old "
            "one, or was copied there in part; publish one with `python -m "
            "export.task recommender` first"
        )
    return stock


def _check_list(
    items: str, served: Version, known: int, unknown: list[str], max_drop: float
) -> None:
    """Refuses lists that are none of what can be bought."""
    if not known:
        raise UserError(
            f"--items {items} holds no id of the catalogue of {served.path}, "
            f"but others, as {unknown[0]!r}; nothing would be recommended"
        )
    before = served.metadata.get(STOCK, {"known": 0})["known"]
    if not known >= (1 - max_drop) * before:
        raise UserError(
            f"--items {items} leaves {known} items in stock, of {before} "
            "before, as a list that was cut short would; check it, or give a "
            f"larger --max_drop than {max_drop}"
        )


def _bless(version_dir: str, served: Version, listed: set[str]) -> None:
    """Checks that a copy answers as the version that is served, but for stock.

    Args:
        version_dir: The copy.
        served: That version.
        listed: What is in stock in the copy.
    """
    asked = probe_in_subprocess(served.path)
    exact = served.metadata.get("index") == "exact"
    requests = read_warm_up(served.path)
    examples = [
        _example(request, answer, listed, exact)
        for request, answer in zip(requests, asked.answers, strict=True)
    ]
    bless(version_dir, examples, asked.signatures)


def _tell(items: int, known: int, unknown: list[str]) -> None:
    print(f"in stock: {known} of the {items} items of the catalogue")
    if unknown:
        more = ", ..." if len(unknown) > _NAMED else ""
        print(
            f"left out: {len(unknown)} ids that the catalogue does not have: "
            f"{', '.join(sorted(unknown)[:_NAMED])}{more}"
        )


def _example(
    request: Any, answer: Answer, in_stock: set[str], exact: bool
) -> Example:
    """Returns a request, and what another stock makes of its answer.

    Args:
        request: A `PredictRequest`.
        answer: That of the version before.
        in_stock: What can be bought now.
        exact: As `_judge` takes it.
    """
    signature = request.model_spec.signature_name
    inputs = {
        name: tf.make_ndarray(value) for name, value in request.inputs.items()
    }
    same = {
        name: values
        for name, values in answer.items()
        if values.dtype != object
    }
    if "item_ids" not in answer:
        return Example(signature, inputs, same)
    del same["scores"]
    # Other lists lack what the request excludes, and may be of one category.
    least = len(in_stock) if signature == "serving_default" else 0
    return Example(
        signature, inputs, same, _judge(answer, in_stock, least, exact)
    )


def _judge(
    before: Answer, in_stock: set[str], least: int, exact: bool
) -> Callable[[Answer], Judged]:
    """Returns what says how a list must be scored.

    Args:
        before: The answer of the version before.
        in_stock: What can be bought now.
        least: How many items the list must have, if it is as long as that.
        exact: Whether what was listed before may only give way to better items.
    """
    kept = {one: x for one, x in _scores(before).items() if one in in_stock}

    def judge(answer: Answer) -> Judged:
        found = _scores(answer)
        right = {
            one: kept.get(one, score) if one in in_stock else np.nan
            for one, score in found.items()
        }
        if exact:
            right = kept | right
        right_scores = np.full_like(answer["scores"], NO_SCORE)
        right_scores[0, :least] = np.nan
        best = np.sort(list(right.values()))[::-1][: right_scores.shape[1]]
        right_scores[0, : len(best)] = best
        return {"scores": (answer["scores"], right_scores)}

    return judge


def _scores(answer: Answer) -> dict[str, float]:
    """Returns the items of a list, and their scores."""
    ids = [one.decode() for one in answer["item_ids"][0]]
    scores = answer["scores"][0].tolist()
    return {
        one: score
        for one, score in zip(ids, scores, strict=True)
        if one != NO_ITEM
    }
