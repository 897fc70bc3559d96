"""What goes to the model together, and what is kept of its answers."""

import numpy as np
import pytest

from beam_jobs.embed import rows as embed_rows
from beam_jobs.embed.read_records import Records
from beam_jobs.embed.run_inference import Place


def user(position, count):
    place = Place(0, position, f"u{position}")
    return place, {"user_id": b"", "exclude_ids": [b"x"] * count}


@pytest.mark.parametrize(
    ("numbers", "batch_size", "batches"),
    [
        ([], 3, []),
        ([0, 0, 0, 0], 3, [[0, 1, 2], [3]]),
        ([5, 1, 3, 1], 2, [[1, 3], [2, 0]]),
        # 2 x 6,000² is more than a call may compare, 1 x 9,000² as well.
        ([6000, 2, 6000, 9000], 4, [[1], [0], [2], [3]]),
        ([4000] * 5, 64, [[0, 1, 2, 3], [4]]),
    ],
)
def test_users_with_long_histories_go_in_small_batches(
    numbers, batch_size, batches
):
    users = [user(*numbered) for numbered in enumerate(numbers)]

    result = [
        [place.position for place, _ in batch]
        for batch in embed_rows.user_batches((0, users[::-1]), batch_size)
    ]

    assert result == batches


def test_what_was_held_out_is_excluded_too():
    place = Place(2, 5, "Größe")

    (result,) = embed_rows.join_history(
        ("Größe", {"users": [(place, [b"b", b"a"])], "held_out": [b"c", b"a"]})
    )

    assert result == (
        2,
        (
            place,
            {"user_id": "Größe".encode(), "exclude_ids": [b"a", b"b", b"c"]},
        ),
    )


def test_who_is_no_user_of_the_set_gets_no_list():
    result = {"users": [], "held_out": [b"c"]}

    assert list(embed_rows.join_history(("u", result))) == []


def test_a_list_ends_where_the_catalog_does():
    outputs = {
        "item_ids": np.array([b"a", b"b", b"", b""], object),
        "scores": np.array([2.0, 1.0, -3e38, -3e38], np.float32),
    }

    _, full = embed_rows.user_row((Place(0, 0, "u"), outputs), 3)
    _, cut = embed_rows.user_row((Place(0, 0, "u"), outputs), 1)

    assert (full["user_id"], full["item_ids"]) == ("u", ["a", "b"])
    np.testing.assert_array_equal(full["scores"], [2.0, 1.0])
    assert cut["item_ids"] == ["a"]
    np.testing.assert_array_equal(cut["scores"], [2.0])


def test_photos_keep_their_place_in_the_shard():
    records = Records(3, 10, {"item_id": [b"a", b"b"], "image": [b"A", b"B"]})

    assert embed_rows.photo_batch(records) == [
        (Place(3, 10, "a"), {"image_bytes": b"A"}),
        (Place(3, 11, "b"), {"image_bytes": b"B"}),
    ]
