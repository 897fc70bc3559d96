"""Time windows, cores, splits and repeats: who falls out, and why."""

import collections
import datetime
import json
import pathlib
import random

import pytest
from apache_beam.pvalue import TaggedOutput

from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare import pipeline
from beam_jobs.prepare.clean_interactions import Interaction
from beam_jobs.prepare.clean_interactions import SplitUser
from beam_jobs.prepare.clean_interactions import basket_of
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.k_core import Minima
from beam_jobs.prepare.k_core import batch_of
from beam_jobs.prepare.k_core import find_core
from beam_jobs.prepare.rejections import CHOICES

DAY = 86_400
START = int(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).timestamp())


@pytest.fixture(scope="session")
def log(encode, write_csv):
    """Writes a log and the catalogue of its items; returns flags."""

    def write(folder, rows, items=(), twins=(), broken=()):
        items = sorted({item for _, item, *_ in rows} | set(items))
        write_csv(
            folder / "log.csv", ["user_id", "item_id", "when", "stars"], *rows
        )
        write_csv(
            folder / "items.csv",
            ["item_id", "photo", "kind", "colour"],
            *([one, f"{one}.jpg", "hat", f"no. {one}\nred"] for one in items),
        )
        twin_of = {one: group[0] for group in twins for one in group}
        for one in items:
            index = items.index(twin_of.get(one, one))
            photo = encode(colour=(index * 4 % 256, 90, 90))
            photo = b"broken" if one in broken else photo
            (folder / f"{one}.jpg").write_bytes(photo)
        return [
            f"--interactions={folder}/log.csv",
            f"--items={folder}/items.csv",
            "--time_column=when",
            "--weight_column=stars",
            "--category_column=kind",
            "--attribute_columns=colour",
            "--image_size=16",
            "--min_shards=1",
        ]

    return write


def day(index):
    return f"{datetime.date(2020, 1, 1) + datetime.timedelta(index)}"


def five_days(users="uvw"):
    """Each user took five things of their own, one a day, rated 1 to 5."""
    return [
        (user, f"{user}{index}", day(index), index + 1)
        for user in users
        for index in range(5)
    ]


LAST = [
    *five_days(),
    # Of s, three interactions are in the window from day 0 to day 9.
    *(("s", f"s{number}", day(number), 3) for number in range(3)),
    ("s", "early", day(-1), 3),
    ("s", "late", day(9), 3),
    ("s", "timeless", "", 3),
    ("s", "never", "never", 3),
    # Of t, three interactions have a weight of at least 1.
    *(("t", f"t{number}", day(number), 1) for number in range(3)),
    ("t", "light", day(3), 0.5),
    ("t", "unrated", day(3), ""),
    # r3 is there three times.
    ("r", "r3", day(8), 1),
    *five_days("r"),
    ("r", "r3", day(3), 5),
]
"""Interactions of a job with a time window, a least weight and --split=last."""
LAST_FLAGS = [
    "--split=last",
    f"--start_time={day(0)}",
    f"--end_time={day(9)}",
    "--min_weight=1",
    "--min_user_interactions=3",
    "--max_rejected=0.2",
]
TWINS = [["u0", "v3", "w1"], ["v4", "w4"]]

SHARED = [f"s{number}" for number in range(5)]
"""Items of u, v and w in the job that finds the core."""
HELD_OUT = "abcef"
"""Items that p and q took on day 0."""
CORE = [
    # x and y took three of the shared items, z four; x, xy and xyz are items
    # of those whose letters they have.
    *((user, item, day(0), 1) for user in "uvw" for item in SHARED),
    *(("x", item, day(0), 1) for item in [*SHARED[:3], "xy", "x"]),
    *(("y", item, day(0), 1) for item in [*SHARED[:3], "xy", "xyz"]),
    *(("z", item, day(0), 1) for item in [*SHARED[:4], "xyz"]),
    # f0 has no sound photo.
    *((user, f"f{n}", day(0), 1) for user in ("f", "g") for n in range(5)),
    *((user, f"f{n}", day(0), 1) for user in ("h", "i") for n in range(1, 6)),
    # n took all things late; without n the item nm has one taker left, and
    # without nm there is too little of m.
    *((user, item, day(0), 1) for user in "pq" for item in HELD_OUT),
    ("p", "d", day(5), 1),
    ("q", "d", day(9), 1),
    *(("n", item, day(5), 1) for item in "abce"),
    ("n", "nm", day(9), 1),
    *(("m", item, day(0), 1) for item in [*"abce", "nm"]),
    # Two cuts in time, on day 4 and on day 8.
    *(
        (user, f"k{n}", day(number), 1)
        for user in "kl"
        for n, number in enumerate([0, 3, 4, 7, 8])
    ),
    # Of k and l, no interaction with these items counts.
    ("k", "s0", day(1), -2),
    ("k", "s1", day(5), -1),
    ("k", "s2", day(1), 0),
    ("l", "s3", day(0), 1),
    ("l", "s3", day(2), -1),
    *(("late", f"k{n}", day(4), 1) for n in range(5)),
]
"""Interactions of a job with a core, negatives and --split=time."""


@pytest.fixture(scope="session")
def last(log, build_once):
    """A data set made of `LAST`."""

    def prepare_log(folder):
        prepare.main(
            [
                *log(folder, LAST, twins=TWINS),
                *LAST_FLAGS,
                f"--data_dir={folder}/data",
            ]
        )

    return str(build_once("cleaning_last", prepare_log) / "data")


@pytest.fixture(scope="session")
def prepare_core(log):
    """Prepares `CORE` in a folder."""

    def prepare_core(folder):
        prepare.main(
            [
                *log(folder, CORE, items=["nobody's"], broken=["f0"]),
                "--split=time",
                f"--validation_from={day(4)}",
                f"--test_from={day(8)}",
                "--min_item_interactions=2",
                "--negative_weights=negative",
                "--max_rejected=0.1",
                f"--data_dir={folder}/data",
            ]
        )

    return prepare_core


@pytest.fixture(scope="session")
def core(prepare_core, build_once):
    """A data set made of `CORE`."""
    return str(build_once("cleaning_core", prepare_core) / "data")


@pytest.fixture(scope="session")
def rejected_of(rejected):
    """Reads the rejected interactions of some users: [(user, item, reason)]."""

    def read(data_dir, rows, users):
        return [
            (*rows[row - 1][:2], reason)
            for table, _, row, reason in rejected(data_dir)
            if table == "interactions" and rows[row - 1][0] in users
        ]

    return read


@pytest.fixture(scope="session")
def five_day_flags(log, build_once):
    """Flags of a log in which three users took five things each."""

    def write(folder):
        flags = log(folder, five_days())
        (folder / "flags.json").write_text(json.dumps(flags))

    folder = build_once("cleaning_five_days", write)
    return json.loads((folder / "flags.json").read_text())


def test_times_weights_and_attributes_are_kept(last, read_back):
    items = {
        record[feature_keys.ITEM_ID][0].decode(): record
        for record in read_back(paths.items(last))
    }
    assert items["u0"]["attribute/colour"] == [b"no. u0\nred"]
    triples = {
        (
            record[feature_keys.USER_ID][0].decode(),
            record[feature_keys.ITEM_ID][0].decode(),
            split,
            record[feature_keys.TIME][0],
            record[feature_keys.WEIGHT][0],
        )
        for split in paths.SPLITS
        for record in read_back(paths.triples(last, split))
    }
    splits = ["train", "train", "train", "validation", "test"]
    assert {triple for triple in triples if triple[0] in "uvw"} == {
        (user, f"{user}{n}", splits[n], START + n * DAY, n + 1.0)
        for user in "uvw"
        for n in range(5)
    }
    users = {
        record[feature_keys.USER_ID][0]: record[feature_keys.ITEM_IDS]
        for record in read_back(paths.users(last))
    }
    assert users[b"u"] == [b"u0", b"u1", b"u2"]


def test_of_a_repeat_the_heaviest_counts(last, read_back, rejected):
    repeats = [row for _, _, row, why in rejected(last) if why == CHOICES[0]]

    assert [LAST[row - 1] for row in repeats] == [
        ("r", "r3", day(8), 1),
        ("r", "r3", day(3), 4),
    ]
    records = [
        (record[feature_keys.TIME], record[feature_keys.WEIGHT])
        for record in read_back(paths.triples(last, "validation"))
        if record[feature_keys.ITEM_ID] == [b"r3"]
    ]
    assert records == [([START + 3 * DAY], [5.0])]


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_is_no_fault(five_day_flags, without_job, tmp_path, choice):
    without_job(rejected={"interactions": {choice: 15}})

    prepare.main(
        [*five_day_flags, "--max_rejected=0", f"--data_dir={tmp_path}/data"]
    )

    assert Manifest.read(f"{tmp_path}/data").rejected["interactions"]


@pytest.mark.slow
def test_hot_keys_change_no_file(last, log, tmp_path, monkeypatch):
    """Their interactions are joined under several keys, and they are named."""
    monkeypatch.setattr("beam_jobs.prepare.hot_keys.HOT", 2)
    flags = log(tmp_path, LAST, twins=TWINS)

    prepare.main([*flags, *LAST_FLAGS, f"--data_dir={tmp_path}/data"])

    made = Manifest.read(f"{tmp_path}/data")
    assert made.content_hash == Manifest.read(last).content_hash
    assert made.rejected == Manifest.read(last).rejected
    assert Manifest.read(last).hot_keys == {}
    assert made.hot_keys == {
        "items": {"r3": 3},
        "users": {"r": 7, "s": 3, "t": 3, "u": 5, "v": 5, "w": 5},
    }


def test_a_time_window(last, rejected_of):
    assert rejected_of(last, LAST, "s") == [
        ("s", "early", "outside_time_window"),
        ("s", "late", "outside_time_window"),
        ("s", "timeless", "bad_time"),
        ("s", "never", "bad_time"),
    ]
    # Of u, v, w and r three things each are for training, of s and t one.
    assert Manifest.read(last).counts["train"] == 14


def test_light_interactions(last, rejected_of):
    assert rejected_of(last, LAST, "t") == [
        ("t", "light", "weight_too_low"),
        ("t", "unrated", "weight_too_low"),
    ]


def test_all_other_interactions_are_kept(last, rejected_of):
    assert rejected_of(last, LAST, "uvw") == []
    assert Manifest.read(last).rejected["interactions"] == {
        "bad_time": 2,
        "duplicate_interaction": 2,
        "outside_time_window": 2,
        "weight_too_low": 2,
    }


def test_byte_identical_photos(last):
    assert Manifest.read(last).counts["identical_photos"] == 2
    text = pathlib.Path(last, "identical_photos.jsonl").read_text("utf-8")
    assert [json.loads(line)["item_ids"] for line in text.splitlines()] == TWINS


def test_the_core_is_a_fixed_point(core, rejected, rejected_of, contents):
    """Items with one taker fall, then who took them, then those users' items.

    x falls by their own item, then y by xy, then z by xyz.
    """
    items, triples, users = contents(core)

    assert set(users) & set("uvwxyz") == {"u", "v", "w"}
    assert sorted(item for item in items if item[0] in "sx") == SHARED
    assert read_vocabulary(paths.vocabulary(core, "items")) == sorted(items)
    assert len([triple for triple in triples if triple[0] in "uvw"]) == 15
    assert rejected_of(core, CORE, "uvw") == []
    fallen = rejected_of(core, CORE, "xyz")
    assert len(fallen) == 15
    assert {why for *_, why in fallen} == {"user_with_too_few_interactions"}
    # x, xy, xyz, what nobody took, and nm of the users n and m.
    assert {
        table: count
        for (table, reason), count in collections.Counter(
            (table, reason) for table, _, _, reason in rejected(core)
        ).items()
        if reason == "item_with_too_few_interactions"
    } == {"items": 5, "photos": 5, "interactions": 1}
    manifest = Manifest.read(core)
    # f0 has no photo.
    assert manifest.rows["items"] == manifest.counts["items"] + 5 + 1


def test_an_item_without_a_photo_loses_its_interactions(core, contents):
    """Which photos are sound is known before the core is."""
    items, _, users = contents(core)

    assert set(users) & set("fghi") == {"h", "i"}
    assert {item for item in items if item[0] == "f" and item != "f"} == {
        f"f{n}" for n in range(1, 6)
    }


def test_what_is_held_out_entirely_counts_for_no_item(
    core, contents, rejected_of
):
    """The core is one after the split: dropped users are no takers."""
    items, triples, users = contents(core)

    assert set(users) & set("mnpq") == {"p", "q"}
    assert {"d", *HELD_OUT} <= set(items)
    assert "nm" not in items
    counts = collections.Counter(
        item for _, item, *_ in triples if item in {"d", *HELD_OUT}
    )
    assert counts == dict.fromkeys(["d", *HELD_OUT], 2)
    assert rejected_of(core, CORE, "mnpq") == [
        *(("n", user, "user_without_training_interactions") for user in "abce"),
        ("n", "nm", "item_with_too_few_interactions"),
        *(
            ("m", user, "user_with_too_few_interactions")
            for user in [*"abce", "nm"]
        ),
    ]


def test_a_cut_in_time(core, contents, rejected_of):
    _, triples, users = contents(core)

    assert {triple[:3] for triple in triples if triple[1][0] == "k"} == {
        (user, f"k{n}", split)
        for user in "kl"
        for n, split in enumerate(
            ["train", "train", "validation", "validation", "test"]
        )
    }
    assert {"k", "l"} <= set(users)
    assert "late" not in users
    assert rejected_of(core, CORE, ["late"]) == [
        ("late", f"k{n}", "user_without_training_interactions")
        for n in range(5)
    ]


def test_explicit_negatives_are_kept_apart(
    core, contents, read_back, rejected_of
):
    """Neither in a split nor in a history; of repeats the latest counts."""
    _, triples, users = contents(core)

    assert {
        (
            record[feature_keys.USER_ID][0],
            record[feature_keys.ITEM_ID][0],
            record[feature_keys.WEIGHT][0],
        )
        for record in read_back(paths.triples(core, paths.NEGATIVE))
    } == {(b"k", b"s0", -2.0), (b"l", b"s3", -1.0)}
    assert Manifest.read(core).counts[paths.NEGATIVE] == 2
    assert not {
        triple for triple in triples if triple[0] in "kl" and "s" in triple[1]
    }
    assert users["k"] == users["l"] == ["k0", "k1"]
    assert rejected_of(core, CORE, "kl") == [
        ("k", "s1", "negative_outside_training"),
        ("k", "s2", "weight_not_positive"),
        ("l", "s3", "duplicate_interaction"),
    ]


@pytest.mark.slow
def test_many_workers_find_the_core_of_one(
    core, prepare_core, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "LARGE_CORE_BYTES", 0)
    monkeypatch.setattr("beam_jobs.prepare.find_core.ROUNDS", 2)

    prepare_core(tmp_path)

    def contents(data_dir):
        return {
            path.relative_to(data_dir): path.read_bytes().replace(
                str(data_dir.parent).encode(), b""
            )
            for path in data_dir.rglob("*.*")
            if path.name != paths.MANIFEST
        }

    expected = contents(pathlib.Path(core))
    assert len(expected) > 9
    assert contents(tmp_path / "data") == expected


def test_new_items():
    args, _ = parse_flags(
        [
            "--interactions=log.csv",
            "--data_dir=data",
            "--split=new_items",
            "--new_item_share=0.2",
            "--seed=1",
        ]
    )
    split = config_of(args).split
    ids = [f"s{index}" for index in range(20)]
    interactions = [
        tuple(Interaction(item_id, 0, None, None, ("log.csv", 1)))
        for item_id in ids
    ]

    placed = [
        (output[0], Interaction(*output[2]).item_id)
        for user in "uvwx"
        for output in SplitUser(split, 5).process((user, interactions))
        if isinstance(output, tuple)
    ]

    items = {
        split: {item for name, item in placed if name == split}
        for split in paths.SPLITS
    }
    assert all(items.values())
    assert sum(map(len, items.values())) == 20  # No item is in two splits.
    assert len(placed) == 80


def test_without_a_minimum_for_items_no_core_is_needed():
    split = config_of(
        parse_flags(["--interactions=log.csv", "--data_dir=data"])[0]
    ).split
    users = [
        (
            f"u{count}",
            [
                tuple(Interaction(f"s{item}", 0, weight, None, ("log.csv", 1)))
                for item, weight in enumerate([1.0] * count + [-1.0])
            ],
        )
        for count in range(8)
    ]
    batch = batch_of([basket_of(user, split) for user in users])
    core = find_core(batch, Minima(5, 0))

    def outputs(*core):
        step = SplitUser(split, 5)
        return [
            (out.tag, out.value) if isinstance(out, TaggedOutput) else out
            for user in users
            for out in step.process(user, *core)
        ]

    assert outputs() == outputs(core)
    assert len(outputs()) > 8


def test_triples_of_popular_items_hold_ids(log, tmp_path, read_back, capsys):
    """40 interactions with 5 items, 8 times as many."""
    rows = [
        (f"user {user}", f"s{item}", day(item), 1)
        for user in range(8)
        for item in range(5)
    ]
    data_dir = str(tmp_path / "data")

    prepare.main(
        [*log(tmp_path, rows), "--min_shards=2", f"--data_dir={data_dir}"]
    )

    assert Manifest.read(data_dir).triples == "ids"
    assert (
        "triples hold ids: images would take about 8.0 times the bytes of the "
        "items, more than 4"
    ) in capsys.readouterr().out.splitlines()
    pairs = set()
    for shard in range(2):
        triples, items = (
            read_back(path.replace("*", f"{shard:05d}", 1))
            for path in (
                paths.triples(data_dir, "train"),
                paths.items(data_dir),
            )
        )
        own = {item[feature_keys.ITEM_ID][0] for item in items}
        assert {one[feature_keys.ITEM_ID][0] for one in triples} <= own
        assert not any(feature_keys.IMAGE in triple for triple in triples)
        pairs |= {
            (one[feature_keys.USER_ID][0], one[feature_keys.ITEM_ID][0])
            for one in triples
        }
    assert len(pairs) == Manifest.read(data_dir).counts["train"] == 24


@pytest.mark.slow
def test_many_small_shards(log, tmp_path, contents, monkeypatch):
    """Triples of one item shard go to several files, by a hash."""
    rng = random.Random(0)
    rows = [
        (f"user {user}", f"s{item}", day(0), 1)
        for user in range(60)
        for item in rng.sample(range(30), 10)
    ]
    data_dir = str(tmp_path / "data")
    flags = [*log(tmp_path, rows), f"--data_dir={data_dir}"]
    monkeypatch.setattr("beam_jobs.prepare.config.MB", 20_000)

    prepare.main([*flags, "--shard_mb=1", "--min_shards=2", "--triples=images"])

    parts = sorted(pathlib.Path(data_dir, "triples").glob("train-*"))
    assert len(parts) > 6
    assert parts[-1].name.endswith(f"-of-{len(parts):05d}.tfrecord.gz")
    sizes = [part.stat().st_size for part in parts]
    assert max(sizes) < 3 * min(sizes)
    _, triples, _ = contents(data_dir)
    assert {triple[:2] for triple in triples} == {row[:2] for row in rows}
    assert len(triples) == 600


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--split=time"], "--split time needs --validation_from and"),
        (
            ["--split=time", "--validation_from=x", "--test_from=2020-01-01"],
            "--validation_from must be a date, an ISO 8601 time or .*, got x",
        ),
        (
            ["--split=time", f"--validation_from={day(2)}"]
            + [f"--test_from={day(2)}"],
            "must be before --test_from",
        ),
        (
            ["--split=new_items", "--new_item_share=0.5"],
            "--new_item_share must be above 0 and below 0.5, got 0.5",
        ),
        (
            ["--new_item_share=0.1"],
            "--new_item_share applies only to --split new_items, got --split "
            "random; remove the flag or change the split",
        ),
        (
            ["--split=last", f"--test_from={day(2)}"],
            "--test_from applies only to --split time, got --split last; rem",
        ),
        (
            [f"--start_time={day(2)}", f"--end_time={day(2)}"],
            f"--start_time {day(2)} must be before --end_time {day(2)}",
        ),
        (["--time_format=second"], "--time_format must be one of auto, sec"),
        (["--time_format=%Q"], "--time_format %Q is not a valid pattern: 'Q'"),
        (["--start_time=3/1/2021"], "got 3/1/2021 .day, month and year may be"),
        (["--start_time="], "--start_time is empty; give a value, or leave"),
        (["--data_dir="], "--data_dir is empty; give a value, or leave"),
        (["--photo_root="], "--photo_root is empty; give a value, or leave"),
        (["--user_column="], "--user_column is empty; give a value, or leave"),
        (["--min_weight=nan"], "--min_weight must be a finite number, got n"),
        (["--photo_root=nowhere"], "--photo_root nowhere is not a folder; g"),
        (
            ["--attribute_columns=kind,colour,kind"],
            "--attribute_columns names 'kind' more than once; name it once",
        ),
        (["--attribute_columns=colour,size"], "has no column 'size'"),
        (
            ["--photo_timeout=0"],
            "--photo_timeout must be a positive number of seconds",
        ),
        (
            ["--photo_hosts=10.0.0.0/8,http://nas"],
            "--photo_hosts 10.0.0.0/8,http://nas: 'http://nas' is no host name",
        ),
    ],
)
def test_flags_that_cannot_be(five_day_flags, tmp_path, flags, sentence):
    with pytest.raises(UserError, match=sentence):
        prepare.main([*five_day_flags, f"--data_dir={tmp_path}/data", *flags])


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"users": 0}, "no user has 5 interactions with items that have a"),
        ({"items": 15}, "only 15 items are left, fewer than --min_items=99"),
        ({"validation": 0}, "--split time leaves no validation interactions"),
    ],
)
def test_too_little_is_left(
    five_day_flags, without_job, tmp_path, counts, sentence
):
    kept = {"users": 3, "items": 99, "train": 9, "validation": 3, "test": 3}
    without_job(counts={**kept, **counts})

    with pytest.raises(UserError, match=sentence):
        prepare.main(
            [
                *five_day_flags,
                f"--data_dir={tmp_path}/data",
                "--min_items=99",
                "--split=time",
                f"--validation_from={day(9)}",
                f"--test_from={day(99)}",
            ]
        )

    assert not (tmp_path / "data/manifest.json").exists()


@pytest.mark.parametrize("flag", ["--split=last", "--start_time=2020-01-01"])
def test_times_that_the_table_has_not(five_day_flags, flag):
    flags = [
        argument for argument in five_day_flags if "time_column" not in argument
    ]

    with pytest.raises(UserError, match="name their column with --time_column"):
        prepare.main([*flags, "--data_dir=data", flag])


def test_weights_that_the_table_has_not(five_day_flags):
    flags = [flag for flag in five_day_flags if "weight_column" not in flag]

    with pytest.raises(UserError, match="their column with --weight_column"):
        prepare.main([*flags, "--data_dir=data", "--min_weight=2"])
