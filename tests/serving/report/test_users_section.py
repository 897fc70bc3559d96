from serving.report.users_section import choose_people


def test_people_stand_along_the_line_of_their_middle_ranks():
    ranks = {"a": [9, 1, 8], "b": [5], "c": [7, 6], "d": [2], "e": [10]}
    rows = [
        {"user_id": user, "rank": rank}
        for user, of_user in ranks.items()
        for rank in of_user
    ]
    found = choose_people(rows, 5)
    assert [
        (one[0]["user_id"], [row["rank"] for row in one]) for one in found
    ] == [("d", [2]), ("b", [5]), ("c", [6, 7]), ("a", [1, 8, 9]), ("e", [10])]
    (middle,) = choose_people(rows, 1)
    assert middle[0]["user_id"] == "c"
