"""Recommender commands about items."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from atelier.cli.flags import option
from serving.client.cli_args import Command
from serving.client.cli_args import CommandOptions
from serving.client.cli_output import print_rows
from serving.client.cli_output import print_table
from serving.client.cli_output import read_image
from serving.client.cli_rankings import RankingOptions
from serving.client.cli_rankings import print_ranking
from serving.client.cli_rankings import titles_of
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Ranking


@dataclasses.dataclass(frozen=True, kw_only=True)
class SimilarOptions(RankingOptions):
    """Flags of `similar`, one of which is given."""

    item: tuple[str, ...] = option(
        ..., "item id; may be repeated", exclusive="query"
    )
    image: tuple[Path, ...] = option(
        ..., "JPEG or PNG file; may be repeated", exclusive="query"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemOptions(RankingOptions):
    """Flags of `goes-with`."""

    item: tuple[str, ...] = option(..., "item id; may be repeated")


@dataclasses.dataclass(frozen=True, kw_only=True)
class InfoOptions(CommandOptions):
    """Flags of `item-info`."""

    item: tuple[str, ...] = option(..., "item id; may be repeated")


def _similar(client: RecommenderClient, options: SimilarOptions) -> None:
    if options.image:
        _print_similar_to_images(client, options, options.image)
    else:
        result = client.similar_items(options.item)
        _print_of_items(client, options, options.item, "Similar to", result)


def _print_similar_to_images(
    client: RecommenderClient, options: RankingOptions, paths: Sequence[Path]
) -> None:
    result = client.similar_to_image(list(map(read_image, paths)))
    titles = titles_of(client, options, result)
    for row, path in enumerate(paths):
        title = f"Similar to {path}"
        record = {"image": str(path)}
        print_ranking(options, title, title, record, result, row, titles)


def _goes_with(client: RecommenderClient, options: ItemOptions) -> None:
    result = client.goes_with(options.item)
    _print_of_items(client, options, options.item, "Goes with", result)


def _print_of_items(
    client: RecommenderClient,
    options: RankingOptions,
    item_ids: Sequence[str],
    title: str,
    result: Ranking,
) -> None:
    titles = titles_of(client, options, result)
    for row, item_id in enumerate(item_ids):
        print_ranking(
            options,
            f"{title} item {item_id}",
            f"The model does not know item {item_id}:",
            {"item_id": item_id, "known_item": bool(result.known[row])},
            result,
            row,
            titles,
        )


def _item_info(client: RecommenderClient, options: InfoOptions) -> None:
    infos = client.item_info(options.item)
    rows = [
        {"item_id": item_id, **dataclasses.asdict(info)}
        for item_id, info in zip(options.item, infos, strict=True)
    ]
    if options.json:
        print_rows(rows, as_json=True)
        return
    for row in rows:
        if not row["known"]:
            print(f"The model does not know item {row['item_id']}.")
    if known := [_as_text(row) for row in rows if row["known"]]:
        print_table(known)


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Returns the data of a known item as texts, "" where unknown."""
    attributes = [f"{name}={text}" for name, text in row["attributes"].items()]
    texts = {
        **row,
        "price": "" if row["price"] is None else str(row["price"]),
        "attributes": ", ".join(attributes),
    }
    del texts["known"]
    return texts


COMMANDS = {
    "similar": Command(
        RecommenderClient,
        SimilarOptions,
        _similar,
        "rank the items that look most similar to given items or photos",
        "--item I1 --count 5",
    ),
    "goes-with": Command(
        RecommenderClient,
        ItemOptions,
        _goes_with,
        "rank the items of other categories that go with given items",
        "--item I1 --count 5",
    ),
    "item-info": Command(
        RecommenderClient,
        InfoOptions,
        _item_info,
        "print what the catalog says about items",
        "--item I1",
    ),
}
"""Commands of items by name."""
