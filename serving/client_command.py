"""The command line of the client: `python -m serving.client`."""

import argparse
import json
import sys
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serving.client import Recommendations
from serving.client import RecommenderClient
from serving.errors import ServingError

_PROGRAM = "python -m serving.client"
_EXAMPLES = """examples:
  %(prog)s --server localhost:8500 recommend --user U1 --user U2 --exclude I7
  %(prog)s --server localhost:8500 like --item I1 --item I4
  %(prog)s --server localhost:8500 similar --item I1 --count 5
  %(prog)s --server localhost:8500 score --user U1 --image new.jpg"""


def main(argv: Sequence[str] | None = None) -> int:
    """Asks a server once and prints the answer.

    Args:
        argv: Arguments after the program's name; those of the process if None.

    Returns:
        The exit code: 0, or 1 when the server or a file refused. Usage errors
        end the process with 2.
    """
    options = _parse_arguments(argv)
    try:
        with RecommenderClient(
            options.server,
            options.model,
            deadline_seconds=options.deadline_seconds,
        ) as client:
            options.run(client, options)
    except (ServingError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _recommend(client: RecommenderClient, options: argparse.Namespace) -> None:
    excluded = (
        [options.exclude] * len(options.user) if options.exclude else None
    )
    found = client.recommend(options.user, excluded)
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
    images = {path: _read_image(path) for path in options.image}
    scores = client.score_images(
        [user for user, _ in pairs], [images[path] for _, path in pairs]
    )
    rows = [
        {"user_id": user, "image": str(path), "score": float(score)}
        for (user, path), score in zip(pairs, scores, strict=True)
    ]
    if options.json:
        for row in rows:
            _print_json(row)
    else:
        _print_table(rows)


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
        _print_json({**record, "items": items})
        return
    print(title if found.known[row] else unknown)
    _print_table(
        [{"rank": rank, **item} for rank, item in enumerate(items, start=1)]
    )
    print()


def _print_json(record: dict[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False))


def _print_table(rows: list[dict[str, Any]]) -> None:
    """Prints rows with the same keys: numbers to the right."""
    if not rows:
        print("(nothing)")
        return
    lines = [list(rows[0])]
    for row in rows:
        lines.append(
            [
                f"{v:.4f}" if isinstance(v, float) else str(v)
                for v in row.values()
            ]
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    to_right = [isinstance(value, int | float) for value in rows[0].values()]
    for line in lines:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, to_right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _read_image(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"Cannot read the image {path}: {error.strerror}; give the path of "
            "a JPEG or PNG file."
        ) from error


def _parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Asks a recommender on TF Serving or the local server.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--server", default="localhost:8500", help="host:port of its gRPC API"
    )
    parser.add_argument("--model", default="recommender", help="its name there")
    parser.add_argument(
        "--deadline_seconds",
        type=float,
        default=5.0,
        help="how long to try before giving up (default: %(default)s)",
    )
    _add_commands(
        parser.add_subparsers(
            title="commands", required=True, metavar="COMMAND"
        )
    )
    return parser.parse_args(argv)


def _add_commands(commands: Any) -> None:
    recommend = _add_command(
        commands, "recommend", _recommend, "rank items for people", "--user U1"
    )
    _add_list(recommend, "--user", "a user id; may be repeated")
    _add_list(
        recommend,
        "--exclude",
        "an item id to leave out; may be repeated",
        False,
    )
    like = _add_command(
        commands,
        "like",
        _like,
        "rank items for somebody new, by what they like",
        "--item I1 --item I4",
    )
    _add_list(like, "--item", "an item id that they like; may be repeated")
    similar = _add_command(
        commands,
        "similar",
        _similar,
        "rank the items that look most like others",
        "--item I1 --count 5",
    )
    _add_list(similar, "--item", "an item id; may be repeated")
    for ranking in (recommend, like, similar):
        ranking.add_argument(
            "--count",
            type=_positive,
            default=10,
            help="items to print at most; the model ranks a fixed number",
        )
    score = _add_command(
        commands,
        "score",
        _score,
        "score photos of items nobody has seen before",
        "--user U1 --image new.jpg",
    )
    _add_list(score, "--user", "a user id; may be repeated")
    _add_list(score, "--image", "a JPEG or PNG; may be repeated", convert=Path)


def _add_command(
    commands: Any,
    name: str,
    run: Callable[[RecommenderClient, argparse.Namespace], None],
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=f"example: {_PROGRAM} --server localhost:8500 {name} {example}",
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--json", action="store_true", help="print JSON lines, not a table"
    )
    return command


def _add_list(
    command: argparse.ArgumentParser,
    flag: str,
    help_text: str,
    required: bool = True,
    convert: Callable[[str], Any] = str,
) -> None:
    command.add_argument(
        flag,
        action="append",
        required=required,
        type=convert,
        metavar=flag[2:].upper(),
        help=help_text,
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return number
