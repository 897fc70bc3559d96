"""Recommender commands, from `recommend` to `score`."""

import dataclasses
from pathlib import Path
from typing import Any

from atelier.cli.flags import option
from atelier.schema.signatures import NO_MAX_PRICE
from serving.client.cli_args import Command
from serving.client.cli_args import CommandOptions
from serving.client.cli_args import positive
from serving.client.cli_output import print_json
from serving.client.cli_output import print_rows
from serving.client.cli_output import print_table
from serving.client.cli_output import read_image
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import DIVERSITY
from serving.client.recommender_requests import Ranking
from serving.client.recommender_requests import Recommendations


@dataclasses.dataclass(frozen=True, kw_only=True)
class RankingOptions(CommandOptions):
    """Flags of the commands that rank items."""

    count: int = option(
        10,
        "maximum number of items to print (default: 10); the exported model "
        "sets the upper limit",
        parse=positive,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecommendOptions(RankingOptions):
    """Flags of `recommend`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")
    exclude: tuple[str, ...] = option(
        (), "id of an item to exclude; may be repeated"
    )
    category: tuple[str, ...] = option(
        (), "category of the ranked items; may be repeated (default: all)"
    )
    filter: tuple[str, ...] = option(
        (),
        "attribute of the ranked items as NAME=VALUE, such as color=red; may "
        "be repeated: values of one name are alternatives",
    )
    min_price: float = option(
        0.0, "minimum price (default: no bound)", parse=float, least=0
    )
    max_price: float = option(
        NO_MAX_PRICE, "maximum price (default: no bound)", parse=float, least=0
    )
    collapse_variants: bool = option(
        False,
        "rank at most one of the variants of a product, and none of a product "
        "that the user has",
        action="store_true",
    )
    include_owned: bool = option(
        False, "rank the items that the user has, too", action="store_true"
    )
    diversity: float = option(
        DIVERSITY,
        "weight of dissimilar images in the order of the list; 0 orders by "
        "score",
        least=0,
        most=1,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class LikedOptions(RankingOptions):
    """Flags of `recommend-for-items`."""

    item: tuple[str, ...] = option(
        ..., "id of an item the user likes; may be repeated"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextOptions(RankingOptions):
    """Flags of `recommend-for-text`."""

    text: tuple[str, ...] = option(
        ..., 'words that describe items, "linen dress, blue"; may be repeated'
    )
    user: str = option("", "id of the user whose taste orders the matches")
    item: tuple[str, ...] = option(
        (), "id of an item to resemble, but as the words say; may be repeated"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ItemOptions(RankingOptions):
    """Flags of `similar` and `goes-with`."""

    item: tuple[str, ...] = option(..., "item id; may be repeated")


@dataclasses.dataclass(frozen=True, kw_only=True)
class InfoOptions(CommandOptions):
    """Flags of `item-info`."""

    item: tuple[str, ...] = option(..., "item id; may be repeated")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoreOptions(CommandOptions):
    """Flags of `score`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")
    image: tuple[Path, ...] = option(..., "JPEG or PNG file; may be repeated")


def _recommend(client: RecommenderClient, options: RecommendOptions) -> None:
    excluded, categories, filters = (
        [row] * len(options.user) if row else None
        for row in (options.exclude, options.category, options.filter)
    )
    result = client.recommend(
        options.user,
        excluded,
        categories,
        filters=filters,
        min_price=options.min_price,
        max_price=options.max_price,
        include_owned=options.include_owned,
        diversity=options.diversity,
        collapse_variants=options.collapse_variants,
    )
    titles = _titles(client, options, result)
    for row, user_id in enumerate(options.user):
        _print_ranking(
            options,
            f"For user {user_id}",
            f"The model does not know user {user_id}; ranking for the average "
            "user:",
            {"user_id": user_id, "known_user": bool(result.known[row])},
            result,
            row,
            titles,
        )


def _like(client: RecommenderClient, options: LikedOptions) -> None:
    result = client.recommend_for_items([options.item])
    names = ", ".join(options.item)
    _print_ranking(
        options,
        f"For a new user who likes {names}",
        f"The model knows none of {names}; ranking for the average user:",
        {"liked_ids": options.item, "known_user": bool(result.known[0])},
        result,
        0,
        _titles(client, options, result),
    )


def _describe(client: RecommenderClient, options: TextOptions) -> None:
    num_rows = len(options.text)
    result = client.recommend_for_text(
        options.text, [options.user] * num_rows, [options.item] * num_rows
    )
    titles = _titles(client, options, result)
    for row, text in enumerate(options.text):
        _print_ranking(
            options,
            f"For {text!r}",
            f"The model knows no word of {text!r}; no match:",
            {"text": text, "known_text": bool(result.known[row])},
            result,
            row,
            titles,
        )


def _similar(client: RecommenderClient, options: ItemOptions) -> None:
    result = client.similar_items(options.item)
    _print_of_items(client, options, "Similar to", result)


def _goes_with(client: RecommenderClient, options: ItemOptions) -> None:
    result = client.goes_with(options.item)
    _print_of_items(client, options, "Goes with", result)


def _print_of_items(
    client: RecommenderClient, options: ItemOptions, title: str, result: Ranking
) -> None:
    titles = _titles(client, options, result)
    for row, item_id in enumerate(options.item):
        _print_ranking(
            options,
            f"{title} item {item_id}",
            f"The model does not know item {item_id}:",
            {"item_id": item_id, "known_item": bool(result.known[row])},
            result,
            row,
            titles,
        )


def _titles(
    client: RecommenderClient, options: RankingOptions, result: Ranking
) -> dict[str, str]:
    """Returns the titles of the items to print, by id; those that have one."""
    ids = {
        item_id
        for row in result.item_ids
        for item_id in row[: options.count]
        if item_id
    }
    if not ids:
        return {}
    infos = zip(ids, client.item_info([*ids]), strict=True)
    return {item_id: info.title for item_id, info in infos if info.title}


def _item_info(client: RecommenderClient, options: InfoOptions) -> None:
    infos = client.item_info(options.item)
    rows = [
        {"item_id": item_id, **dataclasses.asdict(info)}
        for item_id, info in zip(options.item, infos, strict=True)
    ]
    print_rows(rows, options.json)


def _score(client: RecommenderClient, options: ScoreOptions) -> None:
    pairs = [(user, path) for user in options.user for path in options.image]
    images = {path: read_image(path) for path in options.image}
    scores = client.score_images(
        [user for user, _ in pairs], [images[path] for _, path in pairs]
    )
    rows = [
        {"user_id": user, "image": str(path), "score": float(score)}
        for (user, path), score in zip(pairs, scores, strict=True)
    ]
    print_rows(rows, options.json)


def _print_ranking(
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
    columns: dict[str, Any] = {"item_id": ids}
    if titles:
        columns["title"] = [
            " ".join(titles.get(item_id, "").split()) for item_id in ids
        ]
    columns["score"] = result.scores[row].tolist()
    if isinstance(result, Recommendations):
        columns |= {
            "because": result.because_item_ids[row],
            "share": result.because_shares[row].tolist(),
        }
    items = [
        dict(zip(columns, values, strict=True))
        for values in zip(*columns.values(), strict=True)
        if values[0]
    ][: options.count]
    if options.json:
        print_json({**record, "items": items})
        return
    print(title if result.known[row] else unknown)
    print_table(
        [{"rank": rank, **item} for rank, item in enumerate(items, start=1)]
    )
    print()


COMMANDS = {
    "recommend": Command(
        RecommenderClient,
        RecommendOptions,
        _recommend,
        "rank items for users",
        "--user U1",
    ),
    "recommend-for-items": Command(
        RecommenderClient,
        LikedOptions,
        _like,
        "rank items for a new user, given items that the user likes",
        "--item I1 --item I4",
    ),
    "recommend-for-text": Command(
        RecommenderClient,
        TextOptions,
        _describe,
        "rank the items that words describe, for a user and like an item",
        '--text "linen dress, blue"',
    ),
    "similar": Command(
        RecommenderClient,
        ItemOptions,
        _similar,
        "rank the items that look most similar to given items",
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
    "score": Command(
        RecommenderClient,
        ScoreOptions,
        _score,
        "score images of new items for users",
        "--user U1 --image new.jpg",
    ),
}
"""Commands of the recommender by name."""
