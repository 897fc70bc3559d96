"""Recommender commands about users."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from atelier.cli.flags import option
from atelier.schema.signatures import NO_MAX_PRICE
from serving.client.cli_args import Command
from serving.client.cli_args import CommandOptions
from serving.client.cli_output import print_rows
from serving.client.cli_output import read_image
from serving.client.cli_rankings import RankingOptions
from serving.client.cli_rankings import print_items
from serving.client.cli_rankings import print_ranking
from serving.client.cli_rankings import titles_by_id
from serving.client.cli_rankings import titles_of
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import DIVERSITY


@dataclasses.dataclass(frozen=True, kw_only=True)
class NarrowedOptions(RankingOptions):
    """Flags of the items that may be ranked."""

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecommendOptions(NarrowedOptions):
    """Flags of `recommend`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")
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
class LikedOptions(NarrowedOptions):
    """Flags of `recommend-for-items`."""

    item: tuple[str, ...] = option(
        ..., "id of an item the user likes; may be repeated"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextOptions(NarrowedOptions):
    """Flags of `recommend-for-text`."""

    text: tuple[str, ...] = option(
        ..., 'words that describe items, "linen dress, blue"; may be repeated'
    )
    user: str = option("", "id of the user whose taste orders the matches")
    item: tuple[str, ...] = option(
        (), "id of an item to resemble, but as the words say; may be repeated"
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class HistoryOptions(RankingOptions):
    """Flags of `history`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoreOptions(CommandOptions):
    """Flags of `score`."""

    user: tuple[str, ...] = option(..., "user id; may be repeated")
    image: tuple[Path, ...] = option(..., "JPEG or PNG file; may be repeated")


def _narrowing(
    options: NarrowedOptions, num_rows: int
) -> tuple[list[Sequence[str]] | None, ...]:
    """Returns excluded items, categories and filters, equal in all rows."""
    return tuple(
        [row] * num_rows if row else None
        for row in (options.exclude, options.category, options.filter)
    )


def _recommend(client: RecommenderClient, options: RecommendOptions) -> None:
    excluded, categories, filters = _narrowing(options, len(options.user))
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
    titles = titles_of(client, options, result)
    for row, user_id in enumerate(options.user):
        print_ranking(
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
    excluded, categories, filters = _narrowing(options, 1)
    result = client.recommend_for_items(
        [options.item],
        excluded,
        categories,
        filters=filters,
        min_price=options.min_price,
        max_price=options.max_price,
    )
    names = ", ".join(options.item)
    print_ranking(
        options,
        f"For a new user who likes {names}",
        f"The model knows none of {names}; ranking for the average user:",
        {"liked_ids": options.item, "known_user": bool(result.known[0])},
        result,
        0,
        titles_of(client, options, result),
    )


def _describe(client: RecommenderClient, options: TextOptions) -> None:
    num_rows = len(options.text)
    excluded, categories, filters = _narrowing(options, num_rows)
    result = client.recommend_for_text(
        options.text,
        [options.user] * num_rows,
        [options.item] * num_rows,
        excluded,
        categories,
        filters=filters,
        min_price=options.min_price,
        max_price=options.max_price,
    )
    titles = titles_of(client, options, result)
    for row, text in enumerate(options.text):
        print_ranking(
            options,
            f"For {text!r}",
            f"The model knows no word of {text!r}; no match:",
            {"text": text, "known_text": bool(result.known[row])},
            result,
            row,
            titles,
        )


def _history(client: RecommenderClient, options: HistoryOptions) -> None:
    result = client.user_history(options.user)
    rows = [item_ids[: options.count] for item_ids in result.item_ids]
    titles = titles_by_id(client, {item for row in rows for item in row})
    for user_id, known, item_ids in zip(
        options.user, result.known, rows, strict=True
    ):
        unknown = f"The model does not know user {user_id}:"
        print_items(
            f"Items of user {user_id}" if known else unknown,
            {"user_id": user_id, "known_user": bool(known)},
            [
                {"item_id": item}
                | ({"title": titles.get(item, "")} if titles else {})
                for item in item_ids
            ],
            options.json,
        )


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
    "history": Command(
        RecommenderClient,
        HistoryOptions,
        _history,
        "list the items that users have, latest first where the data have "
        "times",
        "--user U1",
    ),
    "score": Command(
        RecommenderClient,
        ScoreOptions,
        _score,
        "score images of new items for users",
        "--user U1 --image new.jpg",
    ),
}
"""Commands of users by name."""
