"""Recommender commands: recommend, recommend-for-items, similar, score."""

import argparse
from pathlib import Path
from typing import Any

from serving.client.cli_args import add_command
from serving.client.cli_args import add_list
from serving.client.cli_args import positive
from serving.client.cli_output import print_json
from serving.client.cli_output import print_rows
from serving.client.cli_output import print_table
from serving.client.cli_output import read_image
from serving.client.recommender_client import RecommenderClient
from serving.client.recommender_requests import Recommendations


def add_rankings(commands: Any) -> None:
    """Adds the commands of the recommender.

    Args:
        commands: Subparsers action of the client's parser.
    """
    recommend = _add_recommend(commands)
    like = add_command(
        commands,
        RecommenderClient,
        "recommend-for-items",
        _like,
        "rank items for a new user, given items that the user likes",
        "--item I1 --item I4",
    )
    add_list(like, "--item", "id of an item the user likes; may be repeated")
    similar = add_command(
        commands,
        RecommenderClient,
        "similar",
        _similar,
        "rank the items that look most similar to given items",
        "--item I1 --count 5",
    )
    add_list(similar, "--item", "item id; may be repeated")
    for ranking in (recommend, like, similar):
        ranking.add_argument(
            "--count",
            type=positive,
            default=10,
            help="maximum number of items to print (default: %(default)d); the "
            "exported model sets the upper limit",
        )
    score = add_command(
        commands,
        RecommenderClient,
        "score",
        _score,
        "score images of new items for users",
        "--user U1 --image new.jpg",
    )
    add_list(score, "--user", "user id; may be repeated")
    add_list(
        score, "--image", "JPEG or PNG file; may be repeated", convert=Path
    )


def _add_recommend(commands: Any) -> argparse.ArgumentParser:
    recommend = add_command(
        commands,
        RecommenderClient,
        "recommend",
        _recommend,
        "rank items for users",
        "--user U1",
    )
    add_list(recommend, "--user", "user id; may be repeated")
    add_list(
        recommend,
        "--exclude",
        "id of an item to exclude; may be repeated",
        False,
    )
    add_list(
        recommend,
        "--category",
        "category of the ranked items; may be repeated (default: all)",
        False,
    )
    return recommend


def _recommend(client: RecommenderClient, options: argparse.Namespace) -> None:
    excluded, categories = (
        [row] * len(options.user) if row else None
        for row in (options.exclude, options.category)
    )
    result = client.recommend(options.user, excluded, categories)
    for row, user_id in enumerate(options.user):
        _print_ranking(
            options,
            f"For user {user_id}",
            f"The model does not know user {user_id}; ranking for the average "
            "user:",
            {"user_id": user_id, "known_user": bool(result.known[row])},
            result,
            row,
        )


def _like(client: RecommenderClient, options: argparse.Namespace) -> None:
    result = client.recommend_for_items([options.item])
    names = ", ".join(options.item)
    _print_ranking(
        options,
        f"For a new user who likes {names}",
        f"The model knows none of {names}; ranking for the average user:",
        {"liked_ids": options.item, "known_user": bool(result.known[0])},
        result,
        0,
    )


def _similar(client: RecommenderClient, options: argparse.Namespace) -> None:
    result = client.similar_items(options.item)
    for row, item_id in enumerate(options.item):
        _print_ranking(
            options,
            f"Similar to item {item_id}",
            f"The model does not know item {item_id}; no similar items:",
            {"item_id": item_id, "known_item": bool(result.known[row])},
            result,
            row,
        )


def _score(client: RecommenderClient, options: argparse.Namespace) -> None:
    pairs = [(user, path) for user in options.user for path in options.image]
    images = {path: read_image(path) for path in options.image}
    scores = client.score_images(
        [user for user, _ in pairs], [images[path] for _, path in pairs]
    )
    rows = [
        {"user_id": user, "image": str(path), "score": float(score)}
        for (user, path), score in zip(pairs, scores, strict=True)
    ]
    print_rows(rows, options)


def _print_ranking(
    options: argparse.Namespace,
    title: str,
    unknown: str,
    record: dict[str, Any],
    result: Recommendations,
    row: int,
) -> None:
    """Prints one ranking as a JSON line, or as a table under a title.

    Args:
        options: Parsed options; `json` and `count` are read.
        title: Title of the table.
        unknown: Title for a user or item that the model does not know.
        record: Further fields of the JSON object, before `items`.
        result: Response of the server.
        row: Index of the row of `result` to print.
    """
    ranked = zip(result.item_ids[row], result.scores[row], strict=True)
    items = [
        {"item_id": item_id, "score": float(score)}
        for item_id, score in ranked
        if item_id
    ][: options.count]
    if options.json:
        print_json({**record, "items": items})
        return
    print(title if result.known[row] else unknown)
    print_table(
        [{"rank": rank, **item} for rank, item in enumerate(items, start=1)]
    )
    print()
