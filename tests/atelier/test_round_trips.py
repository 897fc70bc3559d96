"""Whatever a record, vocabulary or result file holds comes back as it was."""

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import feature_keys
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.item import Item
from atelier.schema.item import build_item
from atelier.schema.item import parse_item
from atelier.schema.item import parse_items
from atelier.schema.records import read_records
from atelier.schema.triple import Triple
from atelier.schema.triple import build_triple
from atelier.schema.triple import parse_interactions
from atelier.schema.user import User
from atelier.schema.user import build_user
from atelier.schema.user import parse_users
from atelier.schema.vocabulary import read_vocabulary
from atelier.schema.vocabulary import vocabulary_lines

pytestmark = pytest.mark.compat

# Anything but control characters and halves of surrogate pairs.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")))
IDS = TEXT.filter(bool)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)
few = settings(max_examples=40, deadline=None)


def decoded(tensor):
    return [value.decode() for value in tensor.numpy()]


@few
@given(st.lists(st.builds(Item, IDS, st.binary(), TEXT), min_size=1))
def test_items(items):
    parsed = parse_items(tf.constant([build_item(item) for item in items]))

    assert decoded(parsed[feature_keys.ITEM_ID]) == [
        item.item_id for item in items
    ]
    assert list(parsed[feature_keys.IMAGE].numpy()) == [
        item.image for item in items
    ]
    assert decoded(parsed[feature_keys.CATEGORY]) == [
        item.category for item in items
    ]


@few
@given(
    st.builds(
        Item,
        IDS,
        st.binary(),
        TEXT,
        st.dictionaries(IDS, TEXT),
        st.binary(),
        *(TEXT, TEXT, st.none() | st.floats(0, width=32), TEXT, TEXT),
    )
)
def test_an_item_with_all_of_its_fields(item):
    assert parse_item(build_item(item)) == item


@few
@given(st.lists(st.builds(Triple, IDS, IDS, st.binary()), min_size=1))
def test_triples(triples):
    records = [build_triple(interaction) for interaction in triples]

    parsed = parse_interactions(tf.constant(records))

    assert decoded(parsed[feature_keys.USER_ID]) == [
        interaction.user_id for interaction in triples
    ]
    assert decoded(parsed[feature_keys.ITEM_ID]) == [
        interaction.item_id for interaction in triples
    ]
    for record, triple in zip(records, triples, strict=True):
        example = tf.train.Example.FromString(record)
        image = example.features.feature[feature_keys.IMAGE].bytes_list.value
        assert list(image) == [triple.image]


@few
@given(
    st.lists(
        st.builds(User, IDS, st.lists(IDS).map(tuple)),
        min_size=1,
    )
)
def test_users(users):
    parsed = parse_users(tf.constant([build_user(user) for user in users]))

    assert decoded(parsed[feature_keys.USER_ID]) == [
        user.user_id for user in users
    ]
    assert [
        tuple(item_id.decode() for item_id in row)
        for row in parsed[feature_keys.ITEM_IDS].to_list()
    ] == [user.item_ids for user in users]


def test_equal_items_give_equal_bytes():
    assert build_item(Item("é", b"1", "c")) == build_item(Item("é", b"1", "c"))
    assert build_item(Item("é", b"1", "c")) != build_item(Item("é", b"2", "c"))


@few
@given(st.lists(TEXT))
def test_vocabulary(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("vocab") / "ids.txt"
    path.write_bytes(vocabulary_lines(ids))

    assert read_vocabulary(str(path)) == ids


def test_vocabulary_of_hard_ids(tmp_path):
    ids = ["a,b", " shirt ", "帽子", "one\u2028two\u2029", "\x85", '"q"', ""]
    path = tmp_path / "ids.txt"
    path.write_bytes(vocabulary_lines(ids))

    assert read_vocabulary(str(path)) == ids


@few
@given(st.lists(JSON))
def test_results(tmp_path_factory, rows):
    run = str(tmp_path_factory.mktemp("run"))

    json_files.write_json(run, run_artifacts.METRICS, rows)
    json_files.write_json_lines(run, run_artifacts.RANKS, rows)

    assert json_files.read_json(run, run_artifacts.METRICS) == rows
    assert json_files.read_json_lines(run, run_artifacts.RANKS) == rows


def test_results_leave_no_temporary_file(tmp_path):
    json_files.write_text(str(tmp_path), "a.txt", "one")
    json_files.write_text(str(tmp_path), "a.txt", "two")

    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "two"
    assert json_files.exists(str(tmp_path), "a.txt")
    assert not json_files.exists(str(tmp_path), "b.txt")


@pytest.mark.parametrize(
    "read", [json_files.read_json, json_files.read_json_lines]
)
def test_a_missing_result_names_the_command(tmp_path, read):
    with pytest.raises(UserError, match=r"ranks\.jsonl; .* trainer\.task eval"):
        read(str(tmp_path), run_artifacts.RANKS)
    with pytest.raises(UserError, match="run the command that writes it first"):
        read(str(tmp_path), "another.json")


def test_records_come_in_the_order_of_the_shards(tmp_path):
    for index in (2, 0, 1):
        path = tmp_path / "users" / f"users-0000{index}-of-00003.tfrecord.gz"
        path.parent.mkdir(exist_ok=True)
        with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
            writer.write(b"%d" % index)

    batches = read_records(paths.users(str(tmp_path)))

    assert [record for batch in batches for record in batch.numpy()] == [
        b"0",
        b"1",
        b"2",
    ]


def test_a_broken_line_of_a_result_is_named(tmp_path):
    (tmp_path / run_artifacts.RANKS).write_text('{"user_id": "u"}\n{"user')

    with pytest.raises(UserError, match=run_artifacts.RANKS):
        json_files.read_json_lines(str(tmp_path), run_artifacts.RANKS)
