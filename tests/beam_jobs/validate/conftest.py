"""A made data set on disk, and its statistics without Beam."""

import io

import pytest
import tensorflow as tf
from PIL import Image

from atelier.schema import paths
from atelier.schema.item import Item
from atelier.schema.item import build_item
from atelier.schema.manifest import Manifest
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.user import User
from atelier.schema.user import build_user
from atelier.schema.vocabulary import vocabulary_lines

ITEMS = 60
USERS = 10
YEAR_2020 = 1_577_836_800


@pytest.fixture(scope="session")
def made_items() -> list[Item]:
    """Items with photos of one colour each."""
    return [
        Item(
            f"no. {index}, ñ",
            _photo((4 * index, 90, 90)),
            ("hat", "shoe")[index % 2],
            {"colour": ("red", "blue")[index % 2]},
        )
        for index in range(ITEMS)
    ]


@pytest.fixture(scope="session")
def made_users(made_items) -> list[User]:
    """Each user took as many items as their number says, and one."""
    ids = [item.item_id for item in made_items]
    return [
        User(f"Käufer {index}", tuple(ids[: index + 1]))
        for index in range(USERS)
    ]


@pytest.fixture(scope="session")
def made_triples(made_items, made_users) -> list[Triple]:
    """One for each user, with the time and the stars of a review."""
    return [
        Triple(
            user.user_id,
            made_items[index].item_id,
            made_items[index].image,
            YEAR_2020 + index,
            1.0 + index % 5,
        )
        for index, user in enumerate(made_users)
    ]


@pytest.fixture(scope="session")
def write_data(made_users, made_triples):
    """Writes a data set; gets its folder, items and what the manifest has."""

    def write(folder, items, rejected=None, source="tables", image_size=16):
        for name in ("items", "users", "triples", "vocab"):
            (folder / name).mkdir(parents=True)
        records = {
            ("items", "items"): map(build_item, items),
            ("users", "users"): map(build_user, made_users),
        }
        for split in paths.SPLITS:
            records["triples", split] = map(build_triple, made_triples)
        for (kind, name), built in records.items():
            with tf.io.TFRecordWriter(
                paths.shard(str(folder), kind, name, 0, 1), "GZIP"
            ) as writer:
                for record in built:
                    writer.write(record)
        ids = sorted(item.item_id for item in items)
        (folder / "vocab" / "items.txt").write_bytes(vocabulary_lines(ids))
        Manifest(
            image_size=image_size,
            resize="pad",
            background="keep",
            counts={
                "items": len(items),
                "users": USERS,
                **dict.fromkeys(paths.SPLITS, len(made_triples)),
            },
            rows={"items": len(items)},
            rejected=rejected or {},
            cutouts={},
            times={},
            options={"source": source},
            versions={},
            content_hash="",
        ).write(str(folder))
        return folder

    return write


@pytest.fixture(scope="session")
def statistics_of(made_items, made_users, made_triples):
    """Computes the statistics of serialised records, in memory.

    Sets that are not given hold sound records.
    """
    tfdv = pytest.importorskip("tensorflow_data_validation")
    from tensorflow_data_validation.statistics import stats_impl
    from tfx_bsl.coders import example_coder

    from beam_jobs.validate import statistics

    def compute(**given):
        sets = {
            "items": list(map(build_item, made_items)),
            "users": list(map(build_user, made_users)),
            **dict.fromkeys(
                paths.SPLITS, list(map(build_triple, made_triples))
            ),
            **given,
        }
        computed = {}
        for name, records in sets.items():
            batch = example_coder.ExamplesToRecordBatchDecoder().DecodeBatch(
                records
            )
            if name == "users":
                batch = statistics.with_number_of_items(batch)
            computed[name] = stats_impl.generate_statistics_in_memory(
                batch, statistics.stats_options()
            )
        return computed

    assert tfdv
    return compute


def _photo(colour) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(encoded, format="JPEG")
    return encoded.getvalue()
