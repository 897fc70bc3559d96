"""HTML report of a run: metrics, training curves, recommendations, designs."""

import dataclasses
import itertools
from typing import Any

import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.html.pages import render_page
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from atelier.schema.manifest import Manifest
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Recommendations
from serving.report.catalog_item import CatalogItem
from serving.report.data import read_items
from serving.report.data import read_users
from serving.report.data import read_validation
from serving.report.designs_section import read_designs
from serving.report.evaluation_section import read_figures
from serving.report.users_section import Row
from serving.report.users_section import choose_users
from serving.report.users_section import describe_user

EPILOG = """\
example:
  python -m serving.local_server --model recommender=MODELS &
  python -m serving.report --server localhost:8500 \\
    --data_dir runs/demo/data --run_dir runs/demo/recommender \\
    --designs runs/demo/designs --out runs/demo/report.html
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportOptions(Options):
    """Flags of the report."""

    server: str = option(
        "localhost:8500", "host:port of a server of the run's model"
    )
    data_dir: str = option(..., "prepared data set")
    run_dir: str = option(..., "evaluated run")
    out: str = option(..., ".html file to write")
    num_users: int = option(5, "number of users to show", least=1)
    designs: str = option(
        "",
        "folder that contains the --out folders of `python -m trainer.task "
        "design` (default: no designs)",
    )
    note: str = option("", "note on the data for the reader")


def main(argv: list[str] | None = None) -> None:
    """Writes the report; see `--help`.

    Args:
        argv: Command-line arguments without the program name; `sys.argv[1:]`
            if None.

    Raises:
        UserError: if an argument is invalid, the data or the run is missing, or
            the server fails.
    """
    args = ReportOptions.parse(
        argv, "python -m serving.report", __doc__, EPILOG
    )
    directory, _, name = args.out.rpartition("/")
    if not name:
        raise UserError(
            f"--out must name an .html file, got the folder {args.out}"
        )
    try:
        page = render(
            args.server,
            args.data_dir,
            args.run_dir,
            args.num_users,
            note=args.note,
            designs=args.designs,
        )
    except ServingError as error:
        raise UserError(str(error)) from error
    tf.io.gfile.makedirs(directory or ".")
    json_files.write_text(directory or ".", name, page)
    print(f"wrote {args.out}; open it in a browser")


def render(
    server: str,
    data_dir: str,
    run_dir: str,
    num_users: int,
    *,
    note: str = "",
    designs: str = "",
) -> str:
    """Renders the report.

    Args:
        server: Address of a server of the run's model, host:port.
        data_dir: Folder of the prepared data set.
        run_dir: Folder of the evaluated run.
        num_users: Number of users to show.
        note: Note on the data for the reader.
        designs: Folder of the users' designs, "" for none.

    Returns:
        HTML page.

    Raises:
        UserError: if the data set, the run's results or the designs are
            missing, or belong to different data sets.
        ServingError: if the call to the server fails.
    """
    figures = read_figures(run_dir)
    chosen = choose_users(
        json_files.read_json_lines(run_dir, run_artifacts.RANKS), num_users
    )
    items, train = read_items(data_dir), read_users(data_dir)
    _check_run(run_dir, data_dir, chosen, items, train)
    portfolios = read_designs(designs, items) if designs else {}
    user_ids = [rows[0]["user_id"] for rows in chosen]
    result = _recommend(server, data_dir, user_ids, train)
    _check_served(result, items, server, data_dir, run_dir)
    return render_page(
        "serving.report",
        "report.html",
        server=server,
        version=result.version,
        note=note,
        counts=Manifest.read(data_dir).counts,
        **figures,
        design_sources=_design_sources(portfolios),
        users=_describe_users(chosen, result, items, train, portfolios),
    )


def _design_sources(
    portfolios: dict[str, list[dict[str, Any]]],
) -> set[str]:
    """Returns the sources of the designs of all users."""
    return {
        portfolio["source"]
        for portfolio in itertools.chain.from_iterable(portfolios.values())
    }


def _describe_users(
    chosen: list[list[Row]],
    result: Recommendations,
    items: dict[str, CatalogItem],
    train: dict[str, list[str]],
    portfolios: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Builds the template variables of the chosen users."""
    return [
        {
            **describe_user(rows, train[user_id], ranked, because, items),
            "portfolios": portfolios.get(user_id, []),
        }
        for rows, ranked, because in zip(
            chosen, result.item_ids, result.because_item_ids, strict=True
        )
        for user_id in [rows[0]["user_id"]]
    ]


def _check_run(
    run_dir: str,
    data_dir: str,
    chosen: list[list[Row]],
    items: dict[str, CatalogItem],
    train: dict[str, list[str]],
) -> None:
    """Checks that the data set contains the users and items of the run."""
    for row in itertools.chain.from_iterable(chosen):
        if row["user_id"] not in train or row["item_id"] not in items:
            raise UserError(
                f"{run_dir} belongs to other data than {data_dir}: user "
                f"{row['user_id']!r} or item {row['item_id']!r} is missing; "
                "give the --data_dir of the run"
            )


def _check_served(
    result: Recommendations,
    items: dict[str, CatalogItem],
    server: str,
    data_dir: str,
    run_dir: str,
) -> None:
    """Checks that the served model knows the users and lists known items."""
    listed = set(itertools.chain.from_iterable(result.item_ids)) - {""}
    if not result.known.all() or not listed <= items.keys():
        raise UserError(
            f"the model at {server} was trained on other data than {data_dir}; "
            f"start a server with an export of {run_dir}"
        )


def _recommend(
    server: str, data_dir: str, user_ids: list[str], train: dict[str, list[str]]
) -> Recommendations:
    """Requests rankings without the training and validation interactions."""
    validation = read_validation(data_dir)
    excluded = [[*train[user], *validation.get(user, ())] for user in user_ids]
    try:
        opened = RecommenderClient(server)
    except ValueError as error:
        raise UserError(f"--server: {error}") from error
    with opened as client:
        return client.recommend(user_ids, excluded)
