"""Time windows, cores, splits and repeats: who falls out, and why."""

import collections
import datetime
import json
import pathlib
import random

import pytest

from beam_jobs import prepare
from records import features
from records import layout
from records.errors import UserError
from records.manifest import Manifest
from records.vocabulary import read_vocabulary

DAY = 86_400
START = int(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).timestamp())


@pytest.fixture
def log(tmp_path, encode, write_csv):
    """Writes a log and the catalogue of its items; returns flags."""

    def write(rows, items=()):
        items = sorted({item for _, item, *_ in rows} | set(items))
        write_csv(
            tmp_path / "log.csv", ["user_id", "item_id", "when", "stars"], *rows
        )
        write_csv(
            tmp_path / "items.csv",
            ["item_id", "photo", "kind", "colour"],
            *([one, f"{one}.jpg", "hat", f"no. {one}\nred"] for one in items),
        )
        for number, one in enumerate(items):
            photo = encode(colour=(number * 5 % 256, 90, 90))
            (tmp_path / f"{one}.jpg").write_bytes(photo)
        return [
            f"--interactions={tmp_path}/log.csv",
            f"--items={tmp_path}/items.csv",
            "--time_column=when",
            "--weight_column=stars",
            "--category_column=kind",
            "--attribute_columns=colour",
            "--image_size=16",
            "--min_shards=1",
            f"--data_dir={tmp_path}/data",
        ]

    return write


@pytest.fixture
def data_dir(tmp_path):
    return str(tmp_path / "data")


def day(number):
    return f"{datetime.date(2020, 1, 1) + datetime.timedelta(number)}"


def five_days(users="uvw"):
    """Each user took five things of their own, one a day, rated 1 to 5."""
    return [
        (user, f"{user}{number}", day(number), number + 1)
        for user in users
        for number in range(5)
    ]


def test_times_weights_and_attributes_are_kept(log, data_dir, read_back):
    prepare.main([*log(five_days()), "--split=last"])

    (record,) = read_back(layout.items(data_dir))[:1]
    item = record[features.ITEM_ID][0].decode()
    assert record["attribute/colour"] == [f"no. {item}\nred".encode()]
    triples = {
        (
            record[features.USER_ID][0].decode(),
            record[features.ITEM_ID][0].decode(),
            split,
            record[features.TIME][0],
            record[features.WEIGHT][0],
        )
        for split in layout.SPLITS
        for record in read_back(layout.triples(data_dir, split))
    }
    splits = ["train", "train", "train", "validation", "test"]
    assert triples == {
        (user, f"{user}{n}", splits[n], START + n * DAY, n + 1.0)
        for user in "uvw"
        for n in range(5)
    }
    users = read_back(layout.users(data_dir))
    assert users[0][features.ITEM_IDS] == [b"u0", b"u1", b"u2"]


def test_of_a_repeat_the_earliest_counts(log, data_dir, read_back, rejected):
    rows = five_days()
    flags = log(
        [("u", "u3", day(9), 1), *rows, ("u", "u3", day(3), 5)],
    )

    prepare.main([*flags, "--split=last", "--max_rejected=0"])

    assert rejected(data_dir) == [
        ("interactions", "log.csv", 1, "duplicate_interaction"),
        ("interactions", "log.csv", 17, "duplicate_interaction"),
    ]
    times = [
        record[features.TIME][0]
        for record in read_back(layout.triples(data_dir, "validation"))
        if record[features.ITEM_ID] == [b"u3"]
    ]
    assert times == [START + 3 * DAY]


def test_window_and_weights(log, data_dir, rejected):
    flags = log([*five_days(), ("w", "w9", "", 3), ("w", "w8", "never", 3)])

    prepare.main(
        [
            *flags,
            f"--start_time={day(1)}",
            f"--end_time={day(4)}",
            "--min_user_interactions=3",
            "--max_rejected=0.2",
        ]
    )

    reasons = collections.Counter(
        (row, reason) for _, _, row, reason in rejected(data_dir)
    )
    assert reasons == collections.Counter(
        [(row, "outside_time_window") for row in (1, 5, 6, 10, 11, 15)]
        + [(16, "bad_time"), (17, "bad_time")]
    )
    assert Manifest.read(data_dir).counts["train"] == 3


def test_light_interactions(log, data_dir, rejected):
    prepare.main(
        [*log(five_days()), "--min_weight=3", "--min_user_interactions=3"]
    )

    assert {one[2:] for one in rejected(data_dir)} == {
        (row, "weight_too_low") for row in (1, 2, 6, 7, 11, 12)
    }


def test_the_core_is_a_fixed_point(log, data_dir, rejected, contents):
    """Items with one taker fall, then who took them, then those users' items.

    The users u, v and w share five items. x took four of them and one of
    their own; y took three of them and two that only x and y took.
    """
    shared = [f"s{number}" for number in range(5)]
    rows = [(user, item, day(0), 1) for user in "uvw" for item in shared]
    rows += [("x", item, day(0), 1) for item in [*shared[:3], "xy", "x"]]
    rows += [("y", item, day(0), 1) for item in [*shared[:3], "xy", "xyz"]]
    rows += [("z", item, day(0), 1) for item in [*shared[:4], "xyz"]]
    flags = [*log(rows, items=["nobody's"]), "--min_item_interactions=2"]

    prepare.main(flags)

    # x falls by its own item, then y by xy, then z by xyz.
    items, triples, users = contents(data_dir)
    assert set(users) == {"u", "v", "w"}
    assert set(items) == set(shared)
    assert read_vocabulary(layout.vocabulary(data_dir, "items")) == shared
    assert len(triples) == 15
    assert collections.Counter(
        (table, reason) for table, _, _, reason in rejected(data_dir)
    ) == {
        ("interactions", "user_with_too_few_interactions"): 15,
        ("items", "item_with_too_few_interactions"): 4,
        ("photos", "item_with_too_few_interactions"): 4,
    }
    counts = Manifest.read(data_dir)
    assert counts.rows["items"] == 9 == counts.counts["items"] + 4


def test_an_item_without_a_photo_takes_its_takers_along(
    log, data_dir, tmp_path, contents
):
    """Which photos are sound is known before the core is."""
    rows = [("u", f"s{n}", day(n), 1) for n in range(5)]
    rows += [("v", f"s{n}", day(n), 1) for n in range(1, 6)]
    rows += [("w", f"s{n}", day(n), 1) for n in range(1, 6)]
    flags = log(rows)
    (tmp_path / "s0.jpg").write_bytes(b"broken")

    prepare.main([*flags, "--min_item_interactions=2", "--max_rejected=0.5"])

    items, _, users = contents(data_dir)
    assert set(users) == {"v", "w"}
    assert set(items) == {f"s{n}" for n in range(1, 6)}


def test_a_cut_in_time(log, data_dir, contents, rejected):
    rows = [
        *five_days("uv"),
        ("new", "u0", day(4), 1),
        ("new", "u1", day(4), 1),
    ]

    prepare.main(
        [
            *log(rows),
            "--split=time",
            f"--validation_from={day(2)}",
            f"--test_from={day(4)}",
            "--min_user_interactions=2",
        ]
    )

    _, triples, users = contents(data_dir)
    assert {one[:3] for one in triples} == {
        (user, f"{user}{n}", split)
        for user in "uv"
        for n, split in enumerate(
            ["train", "train", "validation", "validation", "test"]
        )
    }
    assert set(users) == {"u", "v"}
    assert [one[2:] for one in rejected(data_dir)] == [
        (row, "user_without_training_interactions") for row in (11, 12)
    ]


def test_new_items(log, data_dir, contents):
    rows = [
        (user, f"s{number}", day(0), 1)
        for user in "uvwx"
        for number in range(20)
    ]

    prepare.main(
        [*log(rows), "--split=new_items", "--new_item_share=0.2", "--seed=1"]
    )

    _, triples, _ = contents(data_dir)
    items = {
        split: {one[1] for one in triples if one[2] == split}
        for split in layout.SPLITS
    }
    assert all(items.values())
    assert sum(map(len, items.values())) == 20  # No item is in two splits.
    assert len(triples) == 80


def test_byte_identical_photos(log, data_dir, tmp_path):
    flags = log(five_days())
    photo = (tmp_path / "u0.jpg").read_bytes()
    for twin in ("v3", "w1"):
        (tmp_path / f"{twin}.jpg").write_bytes(photo)
    (tmp_path / "w4.jpg").write_bytes((tmp_path / "v4.jpg").read_bytes())

    prepare.main(flags)

    assert Manifest.read(data_dir).counts["identical_photos"] == 2
    lines = (tmp_path / "data/identical_photos.jsonl").open()
    assert [json.loads(line)["item_ids"] for line in lines] == [
        ["u0", "v3", "w1"],
        ["v4", "w4"],
    ]


@pytest.mark.slow
def test_many_small_shards(log, data_dir, contents, monkeypatch):
    """Triples of one item shard go to several files, by a hash."""
    rng = random.Random(0)
    rows = [
        (f"user {user}", f"s{item}", day(0), 1)
        for user in range(60)
        for item in rng.sample(range(30), 10)
    ]
    flags = log(rows)
    monkeypatch.setattr("beam_jobs.preparation.config.MB", 20_000)

    prepare.main([*flags, "--shard_mb=1", "--min_shards=2"])

    parts = sorted(pathlib.Path(data_dir, "triples").glob("train-*"))
    assert len(parts) > 6
    assert parts[-1].name.endswith(f"-of-{len(parts):05d}.tfrecord.gz")
    sizes = [part.stat().st_size for part in parts]
    assert max(sizes) < 3 * min(sizes)
    _, triples, _ = contents(data_dir)
    assert {one[:2] for one in triples} == {row[:2] for row in rows}
    assert len(triples) == 600


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--split=time"], "--split time needs --validation_from and"),
        (
            ["--split=time", "--validation_from=x", "--test_from=2020-01-01"],
            "--validation_from x is no time",
        ),
        (
            ["--split=time", f"--validation_from={day(2)}"]
            + [f"--test_from={day(2)}"],
            "must be before --test_from",
        ),
        (
            ["--split=time", f"--validation_from={day(9)}"]
            + [f"--test_from={day(99)}"],
            "--split time leaves no validation interactions",
        ),
        (
            ["--split=new_items", "--new_item_share=0.5"],
            "--new_item_share is above 0 and below 0.5, got 0.5",
        ),
        (
            ["--new_item_share=0.1"],
            "--new_item_share is of --split new_items and means nothing to "
            "--split random; leave it out, or change the split",
        ),
        (
            ["--split=last", f"--test_from={day(2)}"],
            "--test_from is of --split time and means nothing to --split last",
        ),
        (
            [f"--start_time={day(2)}", f"--end_time={day(2)}"],
            f"--start_time {day(2)} must be before --end_time {day(2)}",
        ),
        (["--start_time="], "--start_time is empty; give a value, or leave"),
        (["--data_dir="], "--data_dir is empty; give a value, or leave"),
        (["--photo_root="], "--photo_root is empty; give a value, or leave"),
        (["--user_column="], "--user_column is empty; give a value, or leave"),
        (["--min_weight=nan"], "--min_weight is a number, got nan"),
        (["--photo_root=nowhere"], "--photo_root nowhere is no folder; give"),
        (
            ["--attribute_columns=kind,colour,kind"],
            "--attribute_columns names 'kind' more than once; name it once",
        ),
        (["--min_items=99"], "only 15 items are left, fewer than --min_items"),
        (["--attribute_columns=colour,size"], "has no column 'size'"),
        (
            ["--photo_timeout=0"],
            "--photo_timeout is a number of seconds above 0",
        ),
    ],
)
def test_flags_that_cannot_be(log, flags, sentence):
    with pytest.raises(UserError, match=sentence):
        prepare.main([*log(five_days()), *flags])


@pytest.mark.parametrize("flag", ["--split=last", "--start_time=2020-01-01"])
def test_times_that_the_table_has_not(log, flag):
    flags = [one for one in log(five_days()) if "time_column" not in one]

    with pytest.raises(UserError, match="name their column with --time_column"):
        prepare.main([*flags, flag])


def test_weights_that_the_table_has_not(log):
    flags = [one for one in log(five_days()) if "weight_column" not in one]

    with pytest.raises(UserError, match="their column with --weight_column"):
        prepare.main([*flags, "--min_weight=2"])


def test_what_is_held_out_entirely_counts_for_no_item(
    log, data_dir, contents, rejected
):
    """The core is one after the split: dropped users are no takers.

    n took two things late, so training knows nothing of them; without n the
    thing x has one taker left, and without x there is too little of w.
    """
    rows = [(user, item, day(0), 1) for user in "uv" for item in "abc"]
    rows += [(user, "d", day(n), 1) for n, user in ((5, "u"), (9, "v"))]
    rows += [
        ("n", "a", day(5), 1),
        ("n", "b", day(5), 1),
        ("n", "x", day(9), 1),
    ]
    rows += [("w", item, day(0), 1) for item in "abx"]

    prepare.main(
        [
            *log(rows),
            "--split=time",
            f"--validation_from={day(4)}",
            f"--test_from={day(8)}",
            "--min_user_interactions=3",
            "--min_item_interactions=2",
        ]
    )

    items, triples, users = contents(data_dir)
    assert set(users) == {"u", "v"}
    assert set(items) == set("abcd")
    takers = collections.Counter(item for _, item, *_ in triples)
    assert takers == dict.fromkeys("abcd", 2)
    assert [
        (row, reason)
        for table, _, row, reason in rejected(data_dir)
        if table == "interactions"
    ] == [
        (9, "user_without_training_interactions"),
        (10, "user_without_training_interactions"),
        (11, "item_with_too_few_interactions"),
        *((row, "user_with_too_few_interactions") for row in (12, 13, 14)),
    ]
