"""The job as a whole: exact counts, nothing lost, every fault explained."""

import collections
import contextlib
import dataclasses
import io
import json
import pathlib
import shlex
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.item import parse_item
from atelier.schema.manifest import Manifest
from atelier.schema.records import read_records
from atelier.schema.vocabulary import read_vocabulary
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.cut_photos import CUT
from beam_jobs.prepare.cut_photos import NO_MASK
from beam_jobs.prepare.cut_photos import encode_mask
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.split import RandomSplit

USERS = ["ann", "bob", "Çelik", "帽"]
ITEMS = {user: [] for user in USERS}
for _number in range(20):
    ITEMS[USERS[_number // 5]].append(f"no. {_number}, ñ")


def files_of(data_dir):
    root = pathlib.Path(data_dir)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.compat
def test_counts(prepared, shop):
    manifest = Manifest.read(prepared)

    assert manifest.counts == {
        "users": 4,
        "items": 20,
        "categories": 2,
        "train": 12,
        "validation": 4,
        "test": 4,
        "identical_photos": 0,
        "items_with_text": 0,
    }
    assert manifest.rows == {"interactions": 20, "items": 20, "photos": 20}
    assert manifest.rejected == {}
    assert manifest.image_size == 32
    assert manifest.options["photos"] == f"{shop}/photos.csv"
    assert manifest.options["seed"] == 0
    assert set(manifest.versions) >= {"apache-beam", "tensorflow"}


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("users", sorted(USERS)),
        ("items", sorted(sum(ITEMS.values(), []))),
        ("categories", ["hat", "shoe"]),
    ],
)
def test_vocabularies_are_sorted(prepared, name, ids):
    assert read_vocabulary(paths.vocabulary(prepared, name)) == ids


@pytest.mark.compat
def test_records(prepared, contents):
    items, triples, users = contents(prepared)

    assert set(items) == set(sum(ITEMS.values(), []))
    assert {one: items[one][1] for one in ITEMS["ann"][:2]} == {
        "no. 0, ñ": "hat",
        "no. 1, ñ": "shoe",
    }
    for jpeg, _ in items.values():
        assert Image.open(io.BytesIO(jpeg)).size == (32, 32)
    assert len({jpeg for jpeg, _ in items.values()}) == 20
    splits = {
        user: RandomSplit(0).assign(user, dict.fromkeys(ITEMS[user]))
        for user in USERS
    }
    assert {(user, item, split) for user, item, split, _ in triples} == {
        (user, item, split)
        for user in USERS
        for item, split in splits[user].items()
    }
    assert len(triples) == 20
    assert all(image == items[item][0] for _, item, _, image in triples)
    assert users == {
        user: sorted(one for one in ITEMS[user] if splits[user][one] == "train")
        for user in USERS
    }


def test_files(prepared):
    assert sorted(files_of(prepared)) == sorted(
        [
            "manifest.json",
            "identical_photos.jsonl",
            *(f"vocab/{name}.txt" for name in ("categories", "items", "users")),
            *(
                f"{kind}-0000{shard}-of-00002.tfrecord.gz"
                for kind in (
                    "items/items",
                    "users/users",
                    "triples/train",
                    "triples/validation",
                    "triples/test",
                )
                for shard in (0, 1)
            ),
        ]
    )
    assert not (pathlib.Path(prepared) / "prepare-staging").exists()


def test_photos_lie_where_the_items_colours_are(prepared, contents):
    items, _, _ = contents(prepared)

    for number in (0, 10, 19):
        jpeg, _ = items[f"no. {number}, ñ"]
        red, _, _ = Image.open(io.BytesIO(jpeg)).getpixel((16, 16))
        assert abs(red - number * 12) <= 6


@pytest.fixture(scope="session")
def wide(build_once, encode) -> str:
    """A data set of one Parquet table with everything.

    Its photos are bytes and its ids numbers. Rows 13 to 20 are those of two
    users who took the same items. Item 2 has a mask.
    """
    rows = [
        {
            "user_id": number // 4,
            "item_id": number,
            "photo": encode(colour=(number * 20, 0, 0)),
            "mask": None,
            "name": f"Coat {number}",
            "price": 9.5,
        }
        for number in range(12)
    ]
    rows[3]["photo"] = rows[3]["photo"][:200]
    rows[7]["photo"] = None
    rows[11]["user_id"] = None
    rows[5]["price"] = -1.0
    mask = np.zeros((30, 40), bool)
    mask[10:20, 10:20] = True
    rows[2]["mask"] = encode_mask(mask)
    rows += [
        {
            "user_id": user,
            "item_id": number,
            "photo": encode(colour=(0, (number - 99) * 50, 0)),
        }
        for user in (10, 11)
        for number in range(100, 104)
    ]

    def prepare_table(folder):
        path = folder / "all.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=5)
        prepare.main(
            [
                f"--interactions={path}",
                f"--data_dir={folder}/data",
                "--min_user_interactions=3",
                "--max_rejected=0.3",
                "--image_size=16",
                "--background=white",
                "--mask_column=mask",
                "--title_column=name",
                "--price_column=price",
            ]
        )

    return str(build_once("prepared_wide", prepare_table) / "data")


def test_one_table_in_which_users_share_items(wide, contents):
    """An item that several people took stands in several rows: no fault."""
    items, triples, users = contents(wide)

    shared = {str(number) for number in range(100, 104)}
    assert shared <= set(items)
    assert {"10", "11"} <= set(users)
    assert {(user, item) for user, item, *_ in triples if item in shared} == {
        (user, item) for user in ("10", "11") for item in shared
    }
    # Only the rows of the other items are bad, see below.
    assert Manifest.read(wide).rejected == {
        "interactions": {"bad_id": 1, "unknown_item": 2},
        "items": {"bad_price": 1, "item_without_photo": 2},
        "photos": {"no_photo": 1, "photo_undecodable": 1},
    }


def test_one_table_with_bytes(wide, contents, rejected):
    manifest = Manifest.read(wide)
    items, triples, users = contents(wide)
    numbers = {*range(12), *range(100, 104)} - {3, 7}
    assert set(items) == {str(number) for number in numbers}
    assert sorted(users) == ["0", "1", "10", "11", "2"]
    assert manifest.counts == {
        "users": 5,
        "items": 14,
        "categories": 1,
        "train": 7,
        "validation": 5,
        "test": 5,
        "identical_photos": 0,
        "items_with_text": 10,
    }
    assert read_vocabulary(paths.vocabulary(wide, "categories")) == [""]
    assert all(image == items[item][0] for _, item, _, image in triples)
    assert rejected(wide) == [
        ("interactions", "all.parquet", 4, "unknown_item"),
        ("interactions", "all.parquet", 8, "unknown_item"),
        ("interactions", "all.parquet", 12, "bad_id"),
        ("items", "all.parquet", 4, "item_without_photo"),
        ("items", "all.parquet", 6, "bad_price"),
        ("items", "all.parquet", 8, "item_without_photo"),
        ("photos", "all.parquet", 4, "photo_undecodable"),
        ("photos", "all.parquet", 8, "no_photo"),
    ]


def test_a_garment_with_a_mask_is_cut_out(wide):
    manifest = Manifest.read(wide)
    assert manifest.background == "white"
    assert manifest.cutouts == {CUT: 1, NO_MASK: 13}
    items = {
        item.item_id: item
        for batch in read_records(paths.items(wide))
        for item in map(parse_item, batch.numpy())
    }
    assert [number for number, item in items.items() if item.mask] == ["2"]
    assert (items["2"].title, items["2"].price) == ("Coat 2", 9.5)
    assert (items["5"].price, items["100"].title) == (None, "")
    image = Image.open(io.BytesIO(items["2"].image))
    assert min(image.getpixel((0, 0))) > 200  # White, as a JPEG has it.
    assert max(image.getpixel((8, 8))[1:]) < 50


def write_bad_shop(folder, encode, huge_png, write_csv):
    photos = {
        "plain": encode(),
        "cmyk": encode("CMYK", colour=(0, 9, 9, 0)),
        "grey": encode("L"),
        "帽子": encode(),
        "a,b": encode(),
        "cut": encode()[:300],
        "text": b"This is no photo.",
        "huge": huge_png,
        "twice": encode(),
        "stranger": encode(),
    }
    (folder / "photos").mkdir()
    for name, data in photos.items():
        (folder / "photos" / f"{name}.jpg").write_bytes(data)
    sound = ["plain", "cmyk", "grey", "帽子", "a,b", "twice"]
    bad = ["cut", "text", "huge", "gone"]
    write_csv(
        folder / "photos.csv",
        ["item_id", "path"],
        *([one, f"photos/{one}.jpg"] for one in [*sound, *bad, "stranger"]),
        ["twice", "photos/plain.jpg"],  # Row 12.
        ["", "photos/plain.jpg"],
        ["plain", ""],
    )
    write_csv(
        folder / "items.csv",
        ["item_id", "kind"],
        *([one, "hat"] for one in [*sound, *bad]),
        ["twice", "shoe"],  # Row 11.
        ["photoless", "hat"],
        ["latin", "hat"],
        ["", "hat"],
        ["tab\t", "hat"],
    )
    write_csv(
        folder / "log.csv",
        ["user_id", "item_id"],
        *(["Zoë, Q", one] for one in sound),
        ["Zoë, Q", "twice"],  # Row 7.
        ["Zoë, Q", "cut"],
        ["Zoë, Q", "nowhere"],
        ["", "plain"],
        ["Zoë, Q", ""],
        ["bell\a", "plain"],
        ["few", "plain"],
        ["few", "cmyk"],
    )
    with open(folder / "log.csv", "ab") as file:
        file.write(b"caf\xe9,plain\nshort\n")
    with open(folder / "photos.csv", "ab") as file:
        file.write(b"latin,caf\xe9.jpg\n")


@pytest.fixture(scope="session")
def bad_shop(build_once, encode, huge_png, write_csv, flags_of):
    """Three CSV tables with one of each fault, and odd rows that are sound.

    `data` is the data set that is made of them where all rows may be bad.
    """

    def prepare_shop(folder):
        write_bad_shop(folder, encode, huge_png, write_csv)
        prepare.main([*flags_of(folder, folder / "data"), "--max_rejected=1"])

    return build_once("bad_shop", prepare_shop)


def test_every_fault_has_its_line(bad_shop, contents, rejected):
    data_dir = str(bad_shop / "data")

    assert rejected(data_dir) == [
        ("interactions", "log.csv", 7, "duplicate_interaction"),
        ("interactions", "log.csv", 8, "unknown_item"),
        ("interactions", "log.csv", 9, "unknown_item"),
        ("interactions", "log.csv", 10, "bad_id"),
        ("interactions", "log.csv", 11, "bad_id"),
        ("interactions", "log.csv", 12, "bad_id"),
        ("interactions", "log.csv", 13, "user_with_too_few_interactions"),
        ("interactions", "log.csv", 14, "user_with_too_few_interactions"),
        ("interactions", "log.csv", 15, "bad_id"),
        ("interactions", "log.csv", 16, "bad_id"),
        ("items", "items.csv", 7, "item_without_photo"),
        ("items", "items.csv", 8, "item_without_photo"),
        ("items", "items.csv", 9, "item_without_photo"),
        ("items", "items.csv", 10, "item_without_photo"),
        ("items", "items.csv", 11, "duplicate_item"),
        ("items", "items.csv", 12, "item_without_photo"),
        ("items", "items.csv", 13, "item_without_photo"),
        ("items", "items.csv", 14, "bad_id"),
        ("items", "items.csv", 15, "bad_id"),
        ("photos", "photos.csv", 7, "photo_undecodable"),
        ("photos", "photos.csv", 8, "photo_undecodable"),
        ("photos", "photos.csv", 9, "photo_too_large"),
        ("photos", "photos.csv", 10, "photo_unreadable"),
        ("photos", "photos.csv", 11, "unknown_item"),
        ("photos", "photos.csv", 12, "further_row_of_item"),
        ("photos", "photos.csv", 13, "bad_id"),
        ("photos", "photos.csv", 14, "further_row_of_item"),
        ("photos", "photos.csv", 15, "no_photo"),
    ]
    manifest = Manifest.read(data_dir)
    items, triples, users = contents(data_dir)
    sound = {"plain", "cmyk", "grey", "帽子", "a,b", "twice"}
    assert set(items) == sound
    assert items["twice"][1] == "hat"  # The first row counts.
    assert {one for _, one, _, _ in triples} == sound
    assert list(users) == ["Zoë, Q"]
    counted = {
        (table, reason): number
        for table, reasons in manifest.rejected.items()
        for reason, number in reasons.items()
    }
    assert counted == collections.Counter(
        (table, reason) for table, _, _, reason in rejected(data_dir)
    )
    kept = {"interactions": 6, "items": 6, "photos": 6}
    assert manifest.rows == {
        table: kept[table] + sum(manifest.rejected[table].values())
        for table in kept
    }


def test_max_rejected(bad_shop, flags_of, without_job, tmp_path):
    data_dir = tmp_path / "data"
    manifest = Manifest.read(f"{bad_shop}/data")
    without_job(rows=manifest.rows, rejected=manifest.rejected)

    with pytest.raises(UserError) as caught:
        prepare.main([*flags_of(bad_shop, data_dir), "--max_rejected=0.4"])

    # What is wrong with photos and items comes first: it is the cause.
    assert str(caught.value) == (
        "7 of 15 rows of the photos table are bad (1 bad_id, 1 no_photo, "
        "1 photo_too_large, 2 photo_undecodable, 1 "
        "photo_unreadable, 1 unknown_item), more than --max_rejected=0.4; "
        f"correct them, see {data_dir}/rejected, or raise the limit"
    )
    assert not (data_dir / "manifest.json").exists()


def test_choices_are_no_faults(bad_shop, flags_of, without_job, tmp_path):
    data_dir = tmp_path / "data"
    manifest = Manifest.read(f"{bad_shop}/data")
    interactions = manifest.rejected["interactions"]
    without_job(rows=manifest.rows, rejected={"interactions": interactions})

    with pytest.raises(UserError) as caught:
        prepare.main([*flags_of(bad_shop, data_dir), "--max_rejected=0.4"])

    # Of 16 rows two are a user with too few and one is a repeat: no fault.
    assert str(caught.value) == (
        "7 of 16 rows of the interactions table are bad (5 bad_id, "
        "2 unknown_item), more than --max_rejected=0.4; correct them, see "
        f"{data_dir}/rejected, or raise the limit"
    )
    assert not (data_dir / "manifest.json").exists()


def test_how_times_were_read_is_printed(
    shop, flags_of, without_job, tmp_path, capsys
):
    without_job(times={"ISO 8601": {"2021": 15}})

    prepare.main(flags_of(shop, tmp_path / "data"))

    first, users, form, last = capsys.readouterr().out.splitlines()
    assert first == "times read as ISO 8601: 15, in 2021"
    assert users == "5 of 5 users kept"
    assert form == (
        "triples hold images, about 3.0 times the bytes of the items, at most 4"
    )
    assert last.startswith("prepared 5 items")


def test_fewer_shards_than_requested(encode, without_job, tmp_path, caplog):
    """Photos inside a table of two row groups."""
    rows = [{"user_id": 1, "item_id": n, "photo": encode()} for n in range(4)]
    table = tmp_path / "all.parquet"
    pq.write_table(pa.Table.from_pylist(rows), table, row_group_size=2)
    flags = [f"--interactions={table}", f"--data_dir={tmp_path}/data"]

    without_job()
    prepare.main([*flags, "--min_shards=2"])
    assert caplog.messages == []
    without_job()
    prepare.main([*flags, "--min_shards=3", "--if_exists=overwrite"])

    (said,) = caplog.messages
    assert said == (
        "--min_shards 3 becomes 2, the number of parts of the table that holds "
        "the photos, because each part is read once; for more, write it in "
        "more row groups"
    )


def test_bad_times_lead_to_the_flag(shop, flags_of, without_job, tmp_path):
    without_job(rejected={"interactions": {"bad_time": 15}})

    with pytest.raises(UserError, match="see .*, set --time_format, or raise"):
        prepare.main(flags_of(shop, tmp_path / "data"))


def test_a_file_that_was_cut_short(shop, flags_of, without_job, tmp_path):
    """It is unknown how much was lost, whatever may be bad."""
    without_job(rejected={"items": {"file_cut_short": 1}})

    with pytest.raises(UserError) as caught:
        prepare.main([*flags_of(shop, tmp_path / "data"), "--max_rejected=1"])

    assert str(caught.value) == (
        "a file of the items table is cut short or damaged, see "
        f"file_cut_short in {tmp_path}/data/rejected; replace the file"
    )
    assert not (tmp_path / "data/manifest.json").exists()


@pytest.mark.slow
def test_a_job_that_was_stopped_starts_clean(bad_shop, flags_of, tmp_path):
    data_dir = tmp_path / "data"
    flags = flags_of(bad_shop, data_dir)
    with pytest.raises(UserError, match="--max_rejected"):
        prepare.main([*flags, "--max_rejected=0", "--min_shards=7"])

    prepare.main([*flags, "--max_rejected=1", "--min_shards=2"])

    assert {path.name[-22:] for path in data_dir.glob("items/*")} == {
        "0-of-00002.tfrecord.gz",
        "1-of-00002.tfrecord.gz",
    }


def test_no_user_is_left(shop, flags_of, tmp_path):
    data_dir = tmp_path / "data"

    with pytest.raises(UserError, match="no user has 6 interactions with"):
        prepare.main([*flags_of(shop, data_dir), "--min_user_interactions=6"])

    assert not (data_dir / "manifest.json").exists()
    assert list((data_dir / "rejected").iterdir())


def test_a_filled_folder_is_left_alone(prepared, shop, flags_of):
    before = files_of(prepared)

    with pytest.raises(UserError, match="holds a data set; give another"):
        prepare.main(flags_of(shop, prepared))

    assert files_of(prepared) == before


def test_a_file_is_no_folder(shop, flags_of, tmp_path):
    (tmp_path / "data").write_text("mine")

    with pytest.raises(UserError, match=r"data cannot be written to: .*data"):
        prepare.main(flags_of(shop, tmp_path / "data"))

    assert (tmp_path / "data").read_text() == "mine"


OWN_FILES = {
    "log.csv": b"mine",
    "summary.json": b"mine",
    "staging/b.txt": b"mine",
    "rejected/mine/c.txt": b"mine",
    "rejected/notes.jsonl": b"mine",
    "vocab/words.txt": b"mine",
    "items/mine.tfrecord.gz": b"mine",
    "statistics/sales.tfrecord": b"mine",
}
"""Files of somebody's own, with names much like those of a data set."""


def put(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.mark.parametrize("flag", ["--if_exists=overwrite", "--if_exists=fail"])
def test_a_folder_of_other_files_is_left_alone(shop, flags_of, tmp_path, flag):
    data_dir = tmp_path / "mine"
    put(data_dir, OWN_FILES)

    with pytest.raises(UserError, match="mine holds files that this command"):
        prepare.main([*flags_of(shop, data_dir), flag])

    assert files_of(data_dir) == OWN_FILES


@pytest.fixture(scope="session")
def overwritten(shop, flags_of, prepared, build_once):
    """A folder in which the shop was prepared in place of a data set.

    The shop's tables lie in that folder, and the photos table is a Parquet
    file of Arrow's large strings. `before.json` lists what was there before,
    but for files of the data set; `said.txt` is what the job printed.
    """

    def overwrite(folder):
        data_dir = folder / "my data"
        shutil.copytree(prepared, data_dir)
        before = {**files_of(shop), **OWN_FILES}
        before["log.csv"] = (shop / "log.csv").read_bytes()
        put(data_dir, before)
        table = pa.csv.read_csv(f"{shop}/photos.csv")
        schema = [(name, pa.large_string()) for name in table.column_names]
        pq.write_table(
            table.cast(pa.schema(schema)), data_dir / "photos.parquet"
        )
        put(data_dir, dict.fromkeys(OLD_FILES, b"old"))
        (folder / "before.json").write_text(
            json.dumps([*before, "photos.parquet"])
        )
        with contextlib.redirect_stdout(io.StringIO()) as said:
            prepare.main(
                [
                    *flags_of(data_dir, data_dir),
                    f"--photos={data_dir}/photos.parquet",
                    f"--photo_root={shop}",
                    "--if_exists=overwrite",
                ]
            )
        (folder / "said.txt").write_text(said.getvalue(), "utf-8")

    return build_once("overwritten", overwrite)


OLD_FILES = [
    "items/items-00004-of-00005.tfrecord.gz",
    "items/.items-00004-of-00005.tfrecord.gz.tmpx1y2",
    "rejected/rejected-00000-of-00001.jsonl",
    "rejected/photos/photos-00001-of-00002.jsonl",
    "prepare-staging/00000-of-00002.tfrecord",
    "statistics/users.tfrecord",
    "anomalies.pbtxt",
]
"""Files of an earlier job, whole and half written."""


def test_overwrite_replaces_a_data_set_and_nothing_else(
    overwritten, prepared, shop
):
    data_dir = overwritten / "my data"

    written = files_of(data_dir)
    before = json.loads((overwritten / "before.json").read_text())
    own = {**files_of(shop), **OWN_FILES}
    own["log.csv"] = (shop / "log.csv").read_bytes()
    assert {**written, **own} == written
    assert set(written) - set(before) == set(files_of(prepared))
    assert not (data_dir / "prepare-staging").exists()


def test_paths_may_be_arrow_large_strings(overwritten, prepared):
    assert (
        Manifest.read(f"{overwritten}/my data").content_hash
        == Manifest.read(prepared).content_hash
    )


def test_what_to_run_next_can_be_pasted(overwritten):
    data_dir = overwritten / "my data"

    *_, said = (overwritten / "said.txt").read_text("utf-8").splitlines()
    assert said.startswith(
        "prepared 20 items and 12 training interactions of 4 users into "
        f"{data_dir} (0 rows with errors, 0 left out by the flags); next: "
    )
    assert shlex.split(said.partition("next: ")[2])[3:] == [
        *("recommender", "--data_dir", str(data_dir)),
        *("--run_dir", str(overwritten / "recommender")),
    ]


def test_a_flag_that_beam_refuses_destroys_nothing(
    shop, flags_of, prepared, tmp_path
):
    data_dir = tmp_path / "data"
    shutil.copytree(prepared, data_dir)
    before = files_of(data_dir)

    with pytest.raises(UserError, match="Beam rejects its flags: .*Nope"):
        prepare.main(
            [
                *flags_of(shop, data_dir),
                "--if_exists=overwrite",
                "--runner=Nope",
            ]
        )

    assert files_of(data_dir) == before


@pytest.mark.parametrize(
    ("flag", "sentence"),
    [
        ("--image_sise=3", "neither this job nor Beam knows --image_sise; see"),
        ("--image_size=3", "--image_size must be at least 16, got 3"),
        ("--image_size=4097", "--image_size must be at most 4096, got 4097"),
        (
            "--max_rejected=7",
            "--max_rejected must be a fraction from 0 to 1, got 7.0",
        ),
        (
            "--max_rejected=nan",
            "--max_rejected must be a fraction from 0 to 1, got nan",
        ),
        (
            "--min_user_interactions=2",
            "--split random needs --min_user_interactions of at least 3, got 2",
        ),
        ("--min_shards=0", "--min_shards must be at least 1, got 0"),
        (
            "--user_column=who",
            "has no column 'who', it has 'user_id', 'item_id'",
        ),
        ("--category_column=x", "has no column 'x', it has 'item_id', 'kind'"),
        ("--photo_column=x", "has no column 'x', it has 'item_id', 'path'"),
        ("--items=none.csv", "none.csv matches no file; check the path"),
        ("--data_dir=runs/*", "*?[, got runs/*; choose another fo"),
    ],
)
def test_wrong_flags(shop, flags_of, tmp_path, flag, sentence):
    with pytest.raises(UserError) as caught:
        prepare.main([*flags_of(shop, tmp_path / "data"), flag])

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("item_id", [[1]], "column 'item_id' of .* holds list.*; ids are"),
        ("user_id", [True], "column 'user_id' of .* holds bool; ids are"),
        ("photo", [7], "column 'photo' of .* holds int64; images are bytes"),
    ],
)
def test_wrong_types(tmp_path, column, values, sentence):
    table = {"user_id": ["u"], "item_id": ["i"], "photo": ["p"], column: values}
    pq.write_table(pa.table(table), tmp_path / "t.parquet")

    with pytest.raises(UserError, match=sentence):
        prepare.main(
            [f"--interactions={tmp_path}/t.parquet", f"--data_dir={tmp_path}/d"]
        )


@pytest.mark.parametrize("text", ["", "user_id,item_id\n"])
def test_an_empty_table(shop, flags_of, tmp_path, text):
    (tmp_path / "empty.csv").write_text(text)

    with pytest.raises(UserError, match=r"empty\.csv (is empty|holds no rows)"):
        prepare.main(
            [
                *flags_of(shop, tmp_path / "data"),
                f"--interactions={tmp_path}/empty.csv",
            ]
        )


@pytest.mark.slow
def test_shards_and_seed(shop, flags_of, tmp_path, prepared, contents):
    more, other = str(tmp_path / "more"), str(tmp_path / "other")

    prepare.main([*flags_of(shop, more), "--min_shards=5"])
    prepare.main([*flags_of(shop, other), "--seed=1"])

    def placed(data_dir):
        return {one[:3] for one in contents(data_dir)[1]}

    assert placed(more) == placed(prepared)
    assert placed(other) != placed(prepared)
    hashes = [
        Manifest.read(one).content_hash for one in (prepared, more, other)
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_python_gives_the_flags_of_the_command(monkeypatch, caplog):
    given = []

    def job(args, options):
        given.append((args, options))
        return "manifest", ["times read as ISO 8601"]

    monkeypatch.setattr(prepare, "_prepare", job)
    caplog.set_level("INFO")
    manifest = prepare.prepare_dataset(
        "runs/data", interactions="log.csv", image_size=64, items=None
    )
    ((args, _),) = given
    assert manifest == "manifest"
    assert (args.data_dir, args.image_size) == ("runs/data", 64)
    assert args.of_source.interactions == "log.csv"
    assert args.of_source.items is None
    assert "times read as ISO 8601" in caplog.messages


def test_a_file_of_flags(tmp_path):
    config = tmp_path / "shop.yaml"
    config.write_text(
        "source: hm\nhm_dir: h\ndata_dir: d\nimage_size: 64\n"
        "min_weight: 2\nstart_time: 2021-03-01\n"
    )

    options, _ = parse_flags([f"--config={config}", "--image_size=32"])

    assert options.of_source.hm_dir == str(tmp_path / "h")
    assert options.data_dir == str(tmp_path / "d")
    assert (options.image_size, options.min_weight) == (32, 2.0)
    assert options.start_time == "2021-03-01"


def test_paths_that_do_not_start_from_the_file_of_flags(tmp_path):
    config = tmp_path / "shop.yaml"
    config.write_text("interactions: /l.csv\ndata_dir: gs://b/d\nitems: i\n")

    options, _ = parse_flags([f"--config={config}", "--items=j.csv"])

    assert options.data_dir == "gs://b/d"
    assert options.of_source.interactions == "/l.csv"
    assert options.of_source.items == "j.csv"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("interactions: a\ndata_dir: ''", "--data_dir is empty"),
        ("interactons: a", "'interactons' cannot be set in a file; the names"),
        ("hm_dir: a", "those of `python -m beam_jobs.prepare --source tables"),
        ("image_size: big", "image_size must be of type int, got 'big'"),
        ("source: excel", "--source is one of tables, hm"),
        ("data_dir: 3", "data_dir must be of type str, got 3"),
    ],
)
def test_a_file_that_is_wrong(tmp_path, text, sentence):
    config = tmp_path / "shop.yaml"
    config.write_text(text)

    with pytest.raises(UserError, match=sentence):
        parse_flags([f"--config={config}"])


def test_masks_are_for_photos_that_are_cut_out():
    args, _ = parse_flags(
        ["--interactions=log.csv", "--mask_column=mask", "--data_dir=runs/data"]
    )
    with pytest.raises(UserError, match="applies only to --background white"):
        config_of(args)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (3, "3 left out by the flags, listed in d/rejected)"),
        (1001, "flags, the first 1,000 of each reason listed in d/rejected)"),
    ],
)
def test_the_last_line_says_where_rejections_are_listed(prepared, count, words):
    rejected = {"interactions": {"duplicate_interaction": count}}
    manifest = dataclasses.replace(Manifest.read(prepared), rejected=rejected)
    assert words in prepare._closing_line(manifest, "d")
