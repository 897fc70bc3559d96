"""Asks a model server for several people and shows the answers as a page."""

import argparse
import base64
import dataclasses
import io
import itertools
import re
from typing import Any

import jinja2
import matplotlib
import tensorflow as tf

from records import features
from records import layout
from records import results
from records.errors import UserError
from records.errors import run_command
from records.item import parse_items
from records.manifest import Manifest
from records.triple import parse_interactions
from records.user import parse_users
from serving.client import RecommenderClient
from serving.errors import ServingError

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  After the choice of canvas.

RECOMMENDED = 10
OWNED_SHOWN = 20
HELD_OUT_SHOWN = 20
GROUPS = ("all", "cold")
METRICS = re.compile(r"auc|hr@\d+|ndcg@\d+")
"""Those of the evaluation's that the page shows."""
EPILOG = """\
example (with `python -m serving.server --model recommender=MODELS` running):
  python -m serving.report --server localhost:8500 \\
    --data_dir runs/demo/data --run_dir runs/demo/recommender \\
    --out runs/demo/report.html
"""

Row = dict[str, Any]
"""A line of `ranks.jsonl`: where one held-out item of a user landed."""


@dataclasses.dataclass(frozen=True)
class CatalogueItem:
    """An item as the page shows it: its photo as a data URI, its category."""

    photo: str
    category: str


def main(argv: list[str] | None = None) -> None:
    """Writes the page; see `--help`.

    Raises:
        UserError: If the data or the run is missing or the server fails.
    """
    parser = argparse.ArgumentParser(
        prog="python -m serving.report",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--server", default="localhost:8500", help="host:port")
    parser.add_argument("--data_dir", required=True, help="prepared data")
    parser.add_argument("--run_dir", required=True, help="an evaluated run")
    parser.add_argument("--out", required=True, help="the .html file")
    parser.add_argument(
        "--people", type=int, default=5, help="how many to show (default: 5)"
    )
    parser.add_argument(
        "--note", default="", help="what readers must know of these data"
    )
    args = parser.parse_args(argv)
    if args.people < 1:
        raise UserError(f"--people must be positive, got {args.people}")
    try:
        page = render(
            args.server, args.data_dir, args.run_dir, args.people, args.note
        )
    except ServingError as error:
        raise UserError(str(error)) from error
    directory, _, name = args.out.rpartition("/")
    if not name:
        raise UserError(f"--out is a file, got the folder {args.out}")
    tf.io.gfile.makedirs(directory or ".")
    results.write_text(directory or ".", name, page)
    print(f"wrote {args.out}; open it in a browser")


def render(
    server: str, data_dir: str, run_dir: str, people: int, note: str = ""
) -> str:
    """Returns the page.

    Args:
        server: host:port of a server of the run's model.
        data_dir: The prepared data set.
        run_dir: The run, evaluated.
        people: How many people to show.
        note: What readers must know of these data.

    Raises:
        UserError: If the data set or the run's results are missing.
        ServingError: If the server does not answer.
    """
    manifest = Manifest.read(data_dir)
    evaluation = results.read_json(run_dir, results.METRICS)
    first = next(iter(evaluation["models"].values()))
    chosen = _spread(
        _by_user(results.read_json_lines(run_dir, results.RANKS)), people
    )
    items = _read_items(data_dir)
    train = read_users(data_dir)
    validation = read_validation(data_dir)
    for row in itertools.chain.from_iterable(chosen):
        if row["user_id"] not in train or row["item_id"] not in items:
            raise UserError(
                f"{run_dir} is of other data than {data_dir}: user "
                f"{row['user_id']!r} or item {row['item_id']!r} is not in it"
            )
    users = [rows[0]["user_id"] for rows in chosen]
    with RecommenderClient(server) as client:
        found = client.recommend(
            users, [[*train[user], *validation.get(user, ())] for user in users]
        )
    listed = {one for ranked in found.item_ids for one in ranked if one}
    if not found.known.all() or not listed <= items.keys():
        raise UserError(
            f"the model at {server} is of other data than {data_dir}; start "
            f"a server with an export of {run_dir}"
        )
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("serving"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html").render(
        server=server,
        version=found.version,
        note=note,
        counts=manifest.counts,
        evaluation=evaluation,
        groups=[name for name in GROUPS if name in first],
        metrics=[name for name in first["all"] if METRICS.fullmatch(name)],
        curves=_curves(results.read_json_lines(run_dir, results.HISTORY)),
        people=[
            _person(rows, train[user], ranked, scores, items)
            for rows, user, ranked, scores in zip(
                chosen, users, found.item_ids, found.scores, strict=True
            )
        ],
    )


def _by_user(ranks: list[Row]) -> list[list[Row]]:
    """Gathers the rows of each user, from good to bad."""
    rows_of: dict[str, list[Row]] = {}
    for row in sorted(ranks, key=lambda row: row["rank"]):
        rows_of.setdefault(row["user_id"], []).append(row)
    return list(rows_of.values())


def _spread(users: list[list[Row]], people: int) -> list[list[Row]]:
    """Picks users evenly along the line of middle ranks, good to bad."""
    users = sorted(
        users,
        key=lambda rows: (rows[len(rows) // 2]["rank"], rows[0]["user_id"]),
    )
    people = min(people, len(users))
    return [
        users[(2 * index + 1) * len(users) // (2 * people)]
        for index in range(people)
    ]


def _person(
    rows: list[Row],
    owned: list[str],
    ranked: list[str],
    scores: Any,
    items: dict[str, CatalogueItem],
) -> dict[str, Any]:
    """Returns what the page says of one person, of whom `rows` are."""
    held_out = {row["item_id"] for row in rows}
    best = [
        (item_id, score)
        for item_id, score in zip(ranked, scores, strict=True)
        if item_id
    ][:RECOMMENDED]
    return {
        "user_id": rows[0]["user_id"],
        "owned": len(owned),
        "photos": [items[one].photo for one in owned[:OWNED_SHOWN]],
        "recommended": [
            {
                "photo": items[item_id].photo,
                "category": items[item_id].category,
                "score": score,
                "held_out": item_id in held_out,
            }
            for item_id, score in best
        ],
        "hidden": len(rows),
        "held_out": [
            {
                "photo": items[row["item_id"]].photo,
                "category": items[row["item_id"]].category,
                "rank": row["rank"],
                "ranked": row["ranked"],
                "beaten": 100
                * (row["ranked"] - row["rank"])
                / (row["ranked"] - 1),
            }
            for row in rows[:HELD_OUT_SHOWN]
        ],
    }


def _read_items(data_dir: str) -> dict[str, CatalogueItem]:
    items = {}
    for batch in layout.read_records(layout.items(data_dir)):
        parsed = {
            key: value.numpy() for key, value in parse_items(batch).items()
        }
        for item_id, image, category in zip(
            parsed[features.ITEM_ID],
            parsed[features.IMAGE],
            parsed[features.CATEGORY],
            strict=True,
        ):
            items[item_id.decode()] = CatalogueItem(
                _data_uri("jpeg", image), category.decode()
            )
    return items


def read_users(data_dir: str) -> dict[str, list[str]]:
    """Returns the training items of each user of a prepared data set."""
    users = {}
    for batch in layout.read_records(layout.users(data_dir)):
        parsed = parse_users(batch)
        for user_id, item_ids in zip(
            parsed[features.USER_ID].numpy(),
            parsed[features.ITEM_IDS].to_list(),
            strict=True,
        ):
            users[user_id.decode()] = [one.decode() for one in item_ids]
    return users


def read_validation(data_dir: str) -> dict[str, list[str]]:
    """Returns the validation items of the users who have some."""
    found: dict[str, list[str]] = {}
    for batch in layout.read_records(layout.triples(data_dir, "validation")):
        parsed = parse_interactions(batch)
        for user_id, item_id in zip(
            parsed[features.USER_ID].numpy(),
            parsed[features.ITEM_ID].numpy(),
            strict=True,
        ):
            found.setdefault(user_id.decode(), []).append(item_id.decode())
    return found


def _curves(history: list[dict[str, float]]) -> str:
    """Draws loss and validation AUC by epoch, as a data URI."""
    epochs = [row["epoch"] for row in history]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.2))
    left.plot(epochs, [row["loss"] for row in history], color="#b4540a")
    left.set_title("Training loss")
    right.plot(epochs, [row["val_auc"] for row in history], color="#16803c")
    right.axhline(0.5, color="#999", linestyle="--", linewidth=1)
    right.set_title("AUC on validation items (dashed: chance)")
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.tight_layout()
    image = io.BytesIO()
    figure.savefig(image, format="svg")
    pyplot.close(figure)
    return _data_uri("svg+xml", image.getvalue())


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


if __name__ == "__main__":
    run_command(main)
