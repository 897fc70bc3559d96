"""Asks a model server for several people and shows the answers as a page."""

import argparse
import itertools

import jinja2
import tensorflow as tf

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Recommendations
from serving.report.data import CatalogueItem
from serving.report.data import read_items
from serving.report.data import read_users
from serving.report.data import read_validation
from serving.report.designs_section import read_designs
from serving.report.evaluation_section import read_figures
from serving.report.users_section import Row
from serving.report.users_section import choose_people
from serving.report.users_section import person

EPILOG = """\
example (beside `python -m serving.local_server --model recommender=MODELS`):
  python -m serving.report --server localhost:8500 \\
    --data_dir runs/demo/data --run_dir runs/demo/recommender \\
    --designs runs/demo/designs --out runs/demo/report.html
"""


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
        "--designs",
        default="",
        help="folder of the --out of `trainer.task design`, one for each "
        "person (default: none are shown)",
    )
    parser.add_argument(
        "--note", default="", help="what readers must know of these data"
    )
    args = parser.parse_args(argv)
    if args.people < 1:
        raise UserError(f"--people must be positive, got {args.people}")
    try:
        page = render(
            args.server,
            args.data_dir,
            args.run_dir,
            args.people,
            note=args.note,
            designs=args.designs,
        )
    except ServingError as error:
        raise UserError(str(error)) from error
    directory, _, name = args.out.rpartition("/")
    if not name:
        raise UserError(f"--out is a file, got the folder {args.out}")
    tf.io.gfile.makedirs(directory or ".")
    json_files.write_text(directory or ".", name, page)
    print(f"wrote {args.out}; open it in a browser")


def render(
    server: str,
    data_dir: str,
    run_dir: str,
    people: int,
    *,
    note: str = "",
    designs: str = "",
) -> str:
    """Returns the page.

    Args:
        server: host:port of a server of the run's model.
        data_dir: The prepared data set.
        run_dir: The run, evaluated.
        people: How many people to show.
        note: What readers must know of these data.
        designs: Folder of what was drawn for people, "" for nothing.

    Raises:
        UserError: If the data set, the run's results or the designs are
            missing.
        ServingError: If the server does not answer.
    """
    counts = Manifest.read(data_dir).counts
    figures = read_figures(run_dir)
    chosen = choose_people(
        json_files.read_json_lines(run_dir, run_artifacts.RANKS), people
    )
    items, train = read_items(data_dir), read_users(data_dir)
    _check_run(run_dir, data_dir, chosen, items, train)
    drawn = read_designs(designs, items) if designs else {}
    users = [rows[0]["user_id"] for rows in chosen]
    found = _recommend(server, data_dir, users, train)
    listed = {one for ranked in found.item_ids for one in ranked if one}
    if not found.known.all() or not listed <= items.keys():
        raise UserError(
            f"the model at {server} is of other data than {data_dir}; start "
            f"a server with an export of {run_dir}"
        )
    return _template().render(
        server=server,
        version=found.version,
        note=note,
        counts=counts,
        **figures,
        designs=bool(drawn),
        people=[
            {
                **person(rows, train[user], ranked, scores, items),
                "portfolios": drawn.get(user, []),
            }
            for rows, user, ranked, scores in zip(
                chosen, users, found.item_ids, found.scores, strict=True
            )
        ],
    )


def _check_run(
    run_dir: str,
    data_dir: str,
    chosen: list[list[Row]],
    items: dict[str, CatalogueItem],
    train: dict[str, list[str]],
) -> None:
    """Refuses a run whose users or items are not those of the data."""
    for row in itertools.chain.from_iterable(chosen):
        if row["user_id"] not in train or row["item_id"] not in items:
            raise UserError(
                f"{run_dir} is of other data than {data_dir}: user "
                f"{row['user_id']!r} or item {row['item_id']!r} is not in it"
            )


def _recommend(
    server: str, data_dir: str, users: list[str], train: dict[str, list[str]]
) -> Recommendations:
    """Asks for lists less what the users took for training or validation."""
    validation = read_validation(data_dir)
    with RecommenderClient(server) as client:
        return client.recommend(
            users, [[*train[user], *validation.get(user, ())] for user in users]
        )


def _template() -> jinja2.Template:
    """Returns the page, still empty."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("serving.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html")
