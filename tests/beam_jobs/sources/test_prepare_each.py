"""Each source through the steps of the job, and through the whole job."""

import collections
import json
import pathlib
import random

import numpy as np
import pytest
from apache_beam.pvalue import TaggedOutput

from atelier.schema.manifest import Manifest
from beam_jobs.prepare import cli as prepare
from beam_jobs.prepare.clean_interactions import join_item
from beam_jobs.prepare.clean_interactions import keyed_interaction
from beam_jobs.prepare.clean_interactions import shard_of_item
from beam_jobs.prepare.config import config_of
from beam_jobs.prepare.decode_images import RAW_ITEMS
from beam_jobs.prepare.decode_images import DecodedItem
from beam_jobs.prepare.decode_images import StagePhotos
from beam_jobs.prepare.flags import parse_flags
from beam_jobs.prepare.join_items import join_photo
from beam_jobs.prepare.join_items import keyed_item
from beam_jobs.prepare.join_items import keyed_photo
from beam_jobs.prepare.read_rows import read_chunk
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS

USERS, ITEM_COUNT, EACH = 6, 12, 5
SECRET = "nobody may read this"


@pytest.fixture
def photos(encode):
    """A photo for each item; one of them is broken."""
    made = [encode(colour=(number * 20, 9, 9)) for number in range(ITEM_COUNT)]
    made[3] = encode(kind="PNG")
    made[7] = made[7][:200]
    return made


@pytest.fixture
def taken():
    """Pairs of user and item."""
    rng = random.Random(2)
    return [
        (user, item)
        for user in range(USERS)
        for item in rng.sample(range(ITEM_COUNT), EACH)
    ]


def hm(folder, photos, taken):
    ids = [f"01{number:08}" for number in range(ITEM_COUNT)]
    groups = ["Shoes", "Garment Upper body"]
    (folder / "articles.csv").write_text(
        "article_id,product_group_name,prod_name,detail_desc,product_code\n"
        + "".join(
            f"{one},{groups[n % 2]},Coat,Warm.,{n // 2}\n"
            for n, one in enumerate(ids)
        )
    )
    (folder / "transactions_train.csv").write_text(
        "t_dat,customer_id,article_id\n"
        + "".join(f"2020-09-0{i % 9 + 1},c{u},{ids[i]}\n" for u, i in taken)
    )
    (folder / "images" / "010").mkdir(parents=True)
    for one, photo in zip(ids, photos, strict=True):
        (folder / "images" / "010" / f"{one}.jpg").write_bytes(photo)
    return ["--source=hm", f"--hm_dir={folder}", "--split=last"]


def dvbpr_npy(folder, photos, taken):
    splits = [collections.defaultdict(list) for _ in range(3)]
    for number, (user, item) in enumerate(taken):
        entry = {b"productid": item, "reviewText": SECRET}
        splits[min(number % EACH, 2)][user].append(entry)
    items = {
        number: {
            b"asin": b"B%d" % number,
            b"imgs": photo,
            b"c": np.arange(6) == number % 6,
        }
        for number, photo in enumerate(photos)
    }
    array = np.empty(6, object)
    array[:] = [*map(dict, splits), items, USERS, ITEM_COUNT]
    np.save(folder / "data.npy", array, allow_pickle=True)
    return ["--source=dvbpr_npy", f"--npy={folder}/data.npy"]


def amazon_reviews(folder, photos, taken):
    (folder / "photos").mkdir()
    for number, photo in enumerate(photos):
        (folder / "photos" / f"B{number}.jpg").write_bytes(photo)
    reviews = [
        {
            "reviewerID": f"A{user}",
            "asin": f"B{item}",
            "overall": 4.0,
            "unixReviewTime": 1_400_000_000 + number,
            "reviewText": SECRET,
        }
        for number, (user, item) in enumerate(taken)
    ]
    (folder / "reviews.json").write_text("\n".join(map(json.dumps, reviews)))
    metadata = [
        {"asin": f"B{n}", "categories": [["Clothing", "Women", "Tops"]]}
        for n in range(ITEM_COUNT)
    ]
    (folder / "meta.json").write_text("\n".join(map(repr, metadata)))
    return [
        "--source=amazon_reviews",
        f"--reviews={folder}/reviews.json",
        f"--metadata={folder}/meta.json",
        f"--photo_root={folder}/photos",
        "--split=last",
    ]


def keyed(source, table, step, *more):
    """Returns what a step yields for the rows of a table, without errors."""
    return [
        value
        for chunk in source.chunks(table)
        for row in read_chunk(chunk, source, table)
        for value in step(row, *more)
        if not isinstance(value, TaggedOutput)
    ]


def grouped(**tables):
    """Returns the elements of `CoGroupByKey` of lists of pairs."""
    keys = {key for pairs in tables.values() for key, _ in pairs}
    return [
        (
            group,
            {
                name: [value for key, value in pairs if key == group]
                for name, pairs in tables.items()
            },
        )
        for group in keys
    ]


@pytest.mark.parametrize("write", [hm, dvbpr_npy, amazon_reviews])
def test_steps_take_the_rows(write, photos, taken, tmp_path):
    args, _ = parse_flags(
        [
            *write(tmp_path, photos, taken),
            "--min_user_interactions=3",
            "--image_size=16",
            f"--data_dir={tmp_path}/data",
        ]
    )
    config = config_of(args)
    source = prepare.open_source(args, config)

    raw_items = [
        item
        for element in grouped(
            items=keyed(source, ITEMS, keyed_item),
            photos=keyed(source, PHOTOS, keyed_photo),
        )
        for item in join_photo(element, source.interactions_hold)
    ]
    stage = StagePhotos(config.data_dir, source, config.photos)
    staged = [
        one
        for one in stage.process((0, {RAW_ITEMS: raw_items}), 1)
        if isinstance(one, DecodedItem)
    ]
    interactions = keyed(
        source,
        INTERACTIONS,
        keyed_interaction,
        config.window,
        source.time_format,
    )
    joined = [
        one
        for item_id, values in grouped(
            interactions=interactions,
            shards=[pair for item in staged for pair in shard_of_item(item)],
        )
        for one in join_item(((item_id, 0), values))
    ]

    assert len(raw_items) == ITEM_COUNT
    assert len(staged) == ITEM_COUNT - 1
    assert all(item.category for item in staged)
    of_hm = {("Coat", "Warm.", str(n // 2)) for n in range(ITEM_COUNT)}
    assert {
        (ref.item.title, ref.item.description, ref.item.group_id)
        for ref in raw_items
    } == (of_hm if write is hm else {("", "", "")})
    assert len(interactions) == len(taken)
    lost = [one for one in joined if isinstance(one, TaggedOutput)]
    assert len(lost) == sum(item == 7 for _, item in taken)
    assert len({one[0] for one in joined if isinstance(one, tuple)}) == USERS
    assert SECRET not in repr([raw_items, staged, interactions])


@pytest.mark.parametrize(
    "write",
    [
        dvbpr_npy,
        pytest.param(hm, marks=pytest.mark.slow),
        pytest.param(amazon_reviews, marks=pytest.mark.slow),
    ],
)
def test_from_raw_files_to_records(
    write, photos, taken, tmp_path, contents, rejected
):
    data_dir = str(tmp_path / "data")

    prepare.main(
        [
            *write(tmp_path, photos, taken),
            "--min_user_interactions=3",
            "--max_rejected=0.2",
            "--image_size=16",
            f"--data_dir={data_dir}",
        ]
    )

    manifest = Manifest.read(data_dir)
    items, triples, users = contents(data_dir)
    lost = sum(item == 7 for _, item in taken)
    assert manifest.rows == {
        "interactions": len(taken),
        "items": ITEM_COUNT,
        "photos": ITEM_COUNT,
    }
    assert len(items) == ITEM_COUNT - 1
    assert len(triples) == len(taken) - lost
    assert len(users) == USERS
    assert all(category for _, category in items.values())
    assert len(rejected(data_dir)) == lost + 2
    for path in pathlib.Path(data_dir).rglob("*.json*"):
        assert SECRET not in path.read_text()
