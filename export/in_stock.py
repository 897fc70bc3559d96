"""Publishes the version that is served again, with other items in stock.

Nothing is trained or embedded: weights are copied, and a variable that says
which items can be bought is written anew.
"""

import argparse
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from export.blessing import ask_apart
from export.blessing import bless
from export.example import Answer
from export.example import Example
from export.item_list import read_item_list
from export.publish import copy_version
from export.publish import publish
from export.publish import read_metadata
from export.publish import versions
from export.rollback import TRAIL
from export.stock_variables import write_stock
from export.warm_up import read_warm_up
from records import layout
from records.errors import UserError
from records.vocabulary import read_vocabulary

STOCK = "in_stock"
"""In the metadata of a version: the list, `items`, and how many of the
catalogue it held, `known`, and how many others, `unknown`."""
_NAMED = 5


def add_in_stock(commands: Any) -> None:
    """Adds the command to those of `export.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        "in-stock",
        help="recommend only what can be bought, without training",
        description="Publishes the version that is served again, with other "
        "items in stock. Only\nthose are in any list from then on.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model_dir", required=True, help="folder of all versions"
    )
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
    parser.set_defaults(
        run=lambda args: publish_in_stock(
            args.model_dir, args.items, args.item_column
        )
    )


def publish_in_stock(
    model_dir: str, items: str, column: str = "item_id"
) -> str:
    """Publishes a version that lists only what is in stock.

    Args:
        model_dir: Folder of all versions of a recommender.
        items: As `read_item_list` takes it.
        column: As `read_item_list` takes it.

    Returns:
        The folder of the new version.

    Raises:
        UserError: If there is no version, no item of the catalogue is in
            stock, or the new version does not answer as the old one does.
    """
    there = versions(model_dir)
    if not there:
        raise UserError(f"{model_dir} holds no version; check --model_dir")
    served = layout.join(model_dir, str(there[-1]))
    catalogue = _catalogue(served)
    listed = set(read_item_list(items, column))
    unknown = sorted(listed - set(catalogue))
    if len(unknown) == len(listed):
        raise UserError(
            f"--items {items} holds no id of the catalogue of {served}, but "
            f"others, as {unknown[0]!r}; nothing would be recommended"
        )
    known = len(listed) - len(unknown)
    print(f"in stock: {known} of the {len(catalogue)} items of the catalogue")
    if unknown:
        more = ", ..." if len(unknown) > _NAMED else ""
        print(
            f"left out: {len(unknown)} ids that the catalogue does not have: "
            f"{', '.join(unknown[:_NAMED])}{more}"
        )

    def save(path: str) -> None:
        copy_version(served, path)
        write_stock(path, np.array([one in listed for one in catalogue]))

    def check(path: str) -> None:
        asked = ask_apart(served)
        examples = _examples(served, asked.answers, listed)
        bless(path, examples, list(asked.signatures))

    metadata = read_metadata(model_dir, there[-1])
    metadata.pop(TRAIL, None)  # It is no copy of that version.
    metadata[STOCK] = {"items": items, "known": known, "unknown": len(unknown)}
    version = publish(model_dir, save, metadata, check)
    print(f"published {version}, in place of {there[-1]}")
    return version


def _catalogue(version_dir: str) -> list[str]:
    path = layout.join(version_dir, "assets", "items.txt")
    if not tf.io.gfile.exists(path):
        raise UserError(
            f"{version_dir} is no version of a recommender; check --model_dir"
        )
    return read_vocabulary(path)


def _examples(
    version_dir: str, answers: Sequence[Answer], in_stock: set[str]
) -> list[Example]:
    """Returns the requests of a version, and what another stock makes of them.

    Args:
        version_dir: The version.
        answers: Its own.
        in_stock: What can be bought now.
    """
    examples = []
    for request, answer in zip(read_warm_up(version_dir), answers, strict=True):
        inputs = {
            name: tf.make_ndarray(value)
            for name, value in request.inputs.items()
        }
        signature = request.model_spec.signature_name
        examples.append(
            Example(signature, inputs, judge=_judge(answer, in_stock))
            if "item_ids" in answer
            else Example(signature, inputs, _numbers(answer))
        )
    return examples


def _numbers(answer: Answer) -> dict[str, np.ndarray]:
    """Returns an answer without its texts."""
    return {
        name: values
        for name, values in answer.items()
        if values.dtype != object
    }


def _judge(
    before: Answer, in_stock: set[str]
) -> Callable[[Answer], dict[str, np.ndarray]]:
    """Returns what says how a list must be scored.

    What was listed before has the same score, and what cannot be bought has
    none.
    """
    scores = dict(zip(_ids(before), before["scores"][0], strict=True))

    def judge(answer: Answer) -> dict[str, np.ndarray]:
        right = [
            scores.get(one, found) if one in in_stock or not one else np.nan
            for one, found in zip(
                _ids(answer), answer["scores"][0], strict=True
            )
        ]
        return {"scores": np.array([right])}

    return judge


def _ids(answer: Answer) -> list[str]:
    return [one.decode() for one in answer["item_ids"][0]]
