"""The client's commands that rank items: recommend, like, similar, score."""

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
    """Adds the commands.

    Args:
        commands: The subparsers of the client's parser.
    """
    recommend = _add_recommend(commands)
    like = add_command(
        commands,
        RecommenderClient,
        "recommend-for-items",
        _like,
        "rank items for somebody new, by what they like",
        "--item I1 --item I4",
    )
    add_list(like, "--item", "an item id that they like; may be repeated")
    similar = add_command(
        commands,
        RecommenderClient,
        "similar",
        _similar,
        "rank the items that look most like others",
        "--item I1 --count 5",
    )
    add_list(similar, "--item", "an item id; may be repeated")
    for ranking in (recommend, like, similar):
        ranking.add_argument(
            "--count",
            type=positive,
            default=10,
            help="items to print at most; the model ranks a fixed number",
        )
    score = add_command(
        commands,
        RecommenderClient,
        "score",
        _score,
        "score photos of items nobody has seen before",
        "--user U1 --image new.jpg",
    )
    add_list(score, "--user", "a user id; may be repeated")
    add_list(score, "--image", "a JPEG or PNG; may be repeated", convert=Path)


def _add_recommend(commands: Any) -> argparse.ArgumentParser:
    recommend = add_command(
        commands,
        RecommenderClient,
        "recommend",
        _recommend,
        "rank items for people",
        "--user U1",
    )
    add_list(recommend, "--user", "a user id; may be repeated")
    add_list(
        recommend,
        "--exclude",
        "an item id to leave out; may be repeated",
        False,
    )
    add_list(
        recommend,
        "--category",
        "a category to choose from; may be repeated (default: all)",
        False,
    )
    return recommend


def _recommend(client: RecommenderClient, options: argparse.Namespace) -> None:
    excluded, categories = (
        [row] * len(options.user) if row else None
        for row in (options.exclude, options.category)
    )
    found = client.recommend(options.user, excluded, categories)
    for row, user_id in enumerate(options.user):
        _print_ranking(
            options,
            f"For user {user_id}",
            f"The model does not know user {user_id}: this is the average "
            "person's taste.",
            {"user_id": user_id, "known_user": bool(found.known[row])},
            found,
            row,
        )


def _like(client: RecommenderClient, options: argparse.Namespace) -> None:
    found = client.recommend_for_items([options.item])
    names = ", ".join(options.item)
    _print_ranking(
        options,
        f"For somebody who likes {names}",
        f"The model knows none of {names}: this is the average person's taste.",
        {"liked_ids": options.item, "known_user": bool(found.known[0])},
        found,
        0,
    )


def _similar(client: RecommenderClient, options: argparse.Namespace) -> None:
    found = client.similar_items(options.item)
    for row, item_id in enumerate(options.item):
        _print_ranking(
            options,
            f"Like item {item_id}",
            f"The model does not know item {item_id}: these are not like it.",
            {"item_id": item_id, "known_item": bool(found.known[row])},
            found,
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
    found: Recommendations,
    row: int,
) -> None:
    """Prints one row's list as JSON, or as a table under its title.

    Args:
        options: The command line's `json` and `count`.
        title: What the list is for.
        unknown: The title instead, if the model does not know who was asked.
        record: What the JSON object says beside the items.
        found: The answer.
        row: Which row of it to print.
    """
    ranked = zip(found.item_ids[row], found.scores[row], strict=True)
    items = [
        {"item_id": item_id, "score": float(score)}
        for item_id, score in ranked
        if item_id
    ][: options.count]
    if options.json:
        print_json({**record, "items": items})
        return
    print(title if found.known[row] else unknown)
    print_table(
        [{"rank": rank, **item} for rank, item in enumerate(items, start=1)]
    )
    print()
