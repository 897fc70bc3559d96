from serving.report.catalog_item import CatalogItem
from serving.report.users_section import choose_users
from serving.report.users_section import describe_user


def test_users_are_evenly_spaced_by_median_rank():
    ranks = {"a": [9, 1, 8], "b": [5], "c": [7, 6], "d": [2], "e": [10]}
    rows = [
        {"user_id": user, "rank": rank}
        for user, of_user in ranks.items()
        for rank in of_user
    ]
    found = choose_users(rows, 5)
    assert [
        (one[0]["user_id"], [row["rank"] for row in one]) for one in found
    ] == [("d", [2]), ("b", [5]), ("c", [6, 7]), ("a", [1, 8, 9]), ("e", [10])]
    (middle,) = choose_users(rows, 1)
    assert middle[0]["user_id"] == "c"


def test_a_single_candidate_is_above_no_other():
    row = {"user_id": "a", "item_id": "x", "rank": 1, "num_candidates": 1}
    user = describe_user([row], [], [], [], {"x": CatalogItem("", "hat")})
    assert user["held_out"][0]["beaten"] == 0
