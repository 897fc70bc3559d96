"""A published recommender of data in which some items were only viewed."""

import json
import pathlib
import shutil

import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import catalog_files
from atelier.schema import feature_keys
from atelier.schema import paths
from export.publishing.publish_recommender import export_recommender
from export.publishing.recommender_options import RecommenderOptions
from export.publishing.version import served_version
from trainer.data.interactions import load_interactions

pytestmark = pytest.mark.slow
VIEW, PURCHASE = 0.2, 1.0


def weigh(folder: pathlib.Path, is_view) -> None:
    """Gives weights to the training interactions of a data set."""
    for shard in (folder / "triples").glob("train-*"):
        records = [
            tf.train.Example.FromString(record.numpy())
            for record in tf.data.TFRecordDataset(str(shard), "GZIP")
        ]
        with tf.io.TFRecordWriter(str(shard), "GZIP") as writer:
            for record in records:
                features = record.features.feature
                (item_id,) = features[feature_keys.ITEM_ID].bytes_list.value
                weight = VIEW if is_view(item_id.decode()) else PURCHASE
                features[feature_keys.WEIGHT].float_list.value[:] = [weight]
                writer.write(record.SerializeToString())


@pytest.fixture(scope="module")
def interactions_and_version(run_dir, data_dir, tmp_path_factory):
    """The data, where items with an even number were viewed, and the export."""
    folder = tmp_path_factory.mktemp("viewed")
    shutil.copytree(data_dir, folder / "data")
    weigh(folder / "data", lambda item_id: item_id[-1] in "02468")
    manifest = folder / "data" / paths.MANIFEST
    values = json.loads(manifest.read_text())
    values["options"]["owned_weight"] = PURCHASE
    manifest.write_text(json.dumps(values))
    export_recommender(
        run_dir,
        str(folder / "models"),
        RecommenderOptions(top_k=100),
        data_dirs=[str(folder / "data")],
        better_than="none",
    )
    version = served_version(str(folder / "models")).path
    return load_interactions(str(folder / "data")), version


def test_viewed_items_are_listed_and_not_owned(interactions_and_version):
    interactions, version = interactions_and_version
    signatures = tf.saved_model.load(version).signatures
    user_ids = tf.constant(interactions.user_ids)
    listed = signatures["serving_default"](user_id=user_ids)["item_ids"]
    history = signatures["user_history"](user_id=user_ids)["item_ids"]
    for row, items in enumerate(interactions.train):
        ids = [interactions.item_ids[item] for item in items]
        viewed = {item_id for item_id in ids if item_id[-1] in "02468"}
        bought = set(ids) - viewed
        assert viewed
        assert bought
        assert {one.decode() for one in history[row].numpy()} == {*bought, ""}
        others = {one.decode() for one in listed[row].numpy()} - {""}
        assert others == set(interactions.item_ids) - bought


def test_viewed_items_are_not_in_the_wardrobes_of_the_catalog(
    interactions_and_version,
):
    _, version = interactions_and_version
    folder = f"{version}/{catalog_files.CATALOG}"
    users = json_files.read_json(folder, catalog_files.SUMMARY)["users"]
    assert users
    assert not {
        item_id
        for user in users
        for item_id in user["item_ids"]
        if item_id[-1] in "02468"
    }
