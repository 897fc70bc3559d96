"""Flags and printed output of the commands that list items."""

import dataclasses
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

from atelier.cli.flags import option
from serving.client.cli_args import CommandOptions
from serving.client.cli_args import positive
from serving.client.cli_output import print_json
from serving.client.cli_output import print_table
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Ranking
from serving.client.recommender_requests import Recommendations


@dataclasses.dataclass(frozen=True, kw_only=True)
class RankingOptions(CommandOptions):
    """Flags of the commands that list items."""

    count: int = option(
        10,
        "maximum number of items to print (default: 10); the exported model "
        "sets the upper limit",
        parse=positive,
    )


def titles_of(
    client: RecommenderClient, options: RankingOptions, result: Ranking
) -> dict[str, str]:
    """Returns the titles of the items to print, by id; those that have one.

    Args:
        client: Client of the model.
        options: Options of the command.
        result: Response of the server.
    """
    rows = list(result.item_ids)
    if isinstance(result, Recommendations):
        rows += result.because_item_ids
    return titles_by_id(
        client, {item_id for row in rows for item_id in row[: options.count]}
    )


def titles_by_id(
    client: RecommenderClient, item_ids: Collection[str]
) -> dict[str, str]:
    """Returns the titles of items on one line, by id; those that have one.

    Args:
        client: Client of the model.
        item_ids: Item ids; "" is ignored.
    """
    ids = sorted(filter(None, item_ids))
    if not ids:
        return {}
    infos = zip(ids, client.item_info(ids), strict=True)
    return {
        item_id: " ".join(info.title.split())
        for item_id, info in infos
        if info.title
    }


def print_ranking(
    options: RankingOptions,
    title: str,
    unknown: str,
    record: dict[str, Any],
    result: Ranking,
    row: int,
    titles: dict[str, str],
) -> None:
    """Prints one ranking as a JSON line, or as a table under a title.

    Args:
        options: Options of the command; `json` and `count` are read.
        title: Title of the table.
        unknown: Title for a user or item that the model does not know.
        record: Further fields of the JSON object, before `items`.
        result: Response of the server.
        row: Index of the row of `result` to print.
        titles: Titles by item id; without any there is no column of them.
    """
    ids = result.item_ids[row]
    columns: dict[str, Sequence[Any]] = {"item_id": ids}
    if titles:
        columns["title"] = [titles.get(item_id, "") for item_id in ids]
    columns["score"] = result.scores[row].tolist()
    if isinstance(result, Recommendations):
        because = result.because_item_ids[row]
        if not options.json:  # People read titles, programs read ids.
            because = [titles.get(item_id, item_id) for item_id in because]
        columns["because"] = because
        columns["share"] = result.because_shares[row].tolist()
    items = [
        dict(zip(columns, values, strict=True))
        for values in zip(*columns.values(), strict=True)
        if values[0]
    ]
    print_items(
        title if result.known[row] else unknown,
        record,
        items[: options.count],
        options.json,
    )


def print_items(
    title: str,
    record: dict[str, Any],
    items: list[dict[str, Any]],
    as_json: bool,
) -> None:
    """Prints items as a JSON line, or as a table under a title.

    Args:
        title: Title of the table.
        record: Further fields of the JSON object, before `items`.
        items: Items with identical keys.
        as_json: Whether to print JSON.
    """
    if as_json:
        print_json({**record, "items": items})
        return
    print(title)
    print_table(
        [{"rank": rank, **item} for rank, item in enumerate(items, start=1)]
    )
    print()
