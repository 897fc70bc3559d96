"""The people whom the report shows, and what it says of each."""

from typing import Any

from serving.report.data import CatalogueItem

RECOMMENDED = 10
OWNED_SHOWN = 20
HELD_OUT_SHOWN = 20

Row = dict[str, Any]
"""A line of `ranks.jsonl`: where one held-out item of a user landed."""


def choose_people(ranks: list[Row], people: int) -> list[list[Row]]:
    """Picks users evenly along the line of middle ranks, good to bad.

    Args:
        ranks: The rows of all users, in any order.
        people: How many, where there are so many.

    Returns:
        The rows of each user, from good to bad.
    """
    rows_of: dict[str, list[Row]] = {}
    for row in sorted(ranks, key=lambda row: row["rank"]):
        rows_of.setdefault(row["user_id"], []).append(row)
    users = sorted(
        rows_of.values(),
        key=lambda rows: (rows[len(rows) // 2]["rank"], rows[0]["user_id"]),
    )
    people = min(people, len(users))
    return [
        users[(2 * index + 1) * len(users) // (2 * people)]
        for index in range(people)
    ]


def person(
    rows: list[Row],
    owned: list[str],
    ranked: list[str],
    scores: Any,
    items: dict[str, CatalogueItem],
) -> dict[str, Any]:
    """Returns what the page says of one person.

    Args:
        rows: Theirs, from good to bad.
        owned: Ids of the items that training saw of them.
        ranked: Ids of the items that the model lists, "" behind the last.
        scores: Of these, float [len(ranked)].
        items: The catalogue, by id.
    """
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
                **vars(items[item_id]),
                "score": score,
                "held_out": item_id in held_out,
            }
            for item_id, score in best
        ],
        "hidden": len(rows),
        "held_out": [
            {
                **vars(items[row["item_id"]]),
                "rank": row["rank"],
                "ranked": row["ranked"],
                "beaten": 100
                * (row["ranked"] - row["rank"])
                / (row["ranked"] - 1),
            }
            for row in rows[:HELD_OUT_SHOWN]
        ],
    }
