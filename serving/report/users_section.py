"""Users section of the report: choice of users and their recommendations."""

from typing import Any

from serving.report.catalog_item import CatalogItem

RECOMMENDED = 10
OWNED_SHOWN = 20
HELD_OUT_SHOWN = 20

Row = dict[str, Any]
"""Record of `ranks.jsonl`: the rank of one held-out item of a user."""


def choose_users(ranks: list[Row], num_users: int) -> list[list[Row]]:
    """Chooses users evenly spaced by their median rank, best first.

    Args:
        ranks: Rows of all users, in any order.
        num_users: Number of users; all users if there are fewer.

    Returns:
        Rows of each chosen user, by ascending rank.
    """
    rows_of: dict[str, list[Row]] = {}
    for row in sorted(ranks, key=lambda row: row["rank"]):
        rows_of.setdefault(row["user_id"], []).append(row)
    users = sorted(
        rows_of.values(),
        key=lambda rows: (rows[len(rows) // 2]["rank"], rows[0]["user_id"]),
    )
    num_users = min(num_users, len(users))
    return [
        users[(2 * index + 1) * len(users) // (2 * num_users)]
        for index in range(num_users)
    ]


def describe_user(
    rows: list[Row],
    owned: list[str],
    ranked: list[str],
    because: list[str],
    items: dict[str, CatalogItem],
) -> dict[str, Any]:
    """Builds the template variables of one user.

    Args:
        rows: Rows of the user in `ranks.jsonl`, by ascending rank.
        owned: Item ids of the user's training interactions.
        ranked: Ids of the recommended items, padded with "".
        because: Id of the user's item that adds most to the score of each
            recommended item, "" for none.
        items: Catalog items by id.

    Returns:
        User id, training items, recommendations and held-out items.
    """
    held_out = {row["item_id"] for row in rows}
    best = [
        (item_id, reason)
        for item_id, reason in zip(ranked, because, strict=True)
        if item_id
    ][:RECOMMENDED]
    return {
        "user_id": rows[0]["user_id"],
        "owned": len(owned),
        "owned_shown": [items[item_id] for item_id in owned[:OWNED_SHOWN]],
        "recommended": [
            {
                **vars(items[item_id]),
                "because": items.get(reason),
                "held_out": item_id in held_out,
            }
            for item_id, reason in best
        ],
        "hidden": len(rows),
        "held_out": [
            {
                **vars(items[row["item_id"]]),
                "rank": row["rank"],
                "num_candidates": row["num_candidates"],
                "beaten": 100
                * (row["num_candidates"] - row["rank"])
                / max(1, row["num_candidates"] - 1),
            }
            for row in rows[:HELD_OUT_SHOWN]
        ],
    }
