"""The summary of a recommender and its catalog."""

import dataclasses
import datetime
import json

import numpy as np
import pytest
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import run_artifacts
from atelier.schema.item import Item
from export.publishing.catalog_summary import summarize_catalog
from export.servables.product_data import without_image
from trainer.data.items import read_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


@pytest.fixture(scope="module")
def run(run_dir):
    return Run.load(run_dir, RecommenderConfig)


@pytest.fixture(scope="module")
def trained(run):
    return load_recommender(run)


@pytest.fixture(scope="module")
def summarize(run, trained):
    """Returns summarize(items, metrics): the summary, which is JSON."""

    def summarize(items, metrics=None, trained=trained):
        summary = summarize_catalog(run, trained, items, metrics)
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary
        return summary

    return summarize


def test_the_summary_of_a_run(run, trained, summarize):
    metrics = json_files.read_json(run.run_dir, run_artifacts.METRICS)
    items = read_items(run.data_dir, without_image)
    found = summarize(items, metrics)
    counts = {one["name"]: one["count"] for one in found["categories"]}
    assert list(counts) == ["hat", "shoe"]
    assert sum(counts.values()) == found["num_items"] == len(items)
    assert found["image_size"] == 32
    assert found["price"] == {"min": 0.0, "max": 81.0}
    assert found["attributes"] == []
    assert not found["text_search"]
    assert set(found["starters"]) <= set(trained.interactions.item_ids)
    ours = found["metrics"]["models"]["two_tower"]
    assert ours["all"]["auc"] == metrics["models"]["two_tower"]["all"]["auc"]
    assert found["metrics"]["verdict"] == metrics["verdict"]
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(
        found["trained"]
    )
    assert datetime.timedelta() <= age < datetime.timedelta(days=1)


def test_a_metric_that_is_no_number_is_left_out(summarize):
    metrics = {
        "models": {
            "random": {"all": {"auc": 0.5, "mrr@10": float("nan")}},
            "two_tower_fold_in": {"held_out_users": {"auc": 0.9}},
        }
    }
    found = summarize([Item("a", b"", "")], metrics)["metrics"]
    assert found["models"] == {
        "random": {"name": "Random", "all": {"auc": 0.5}}
    }
    assert found["verdict"] == ""


def test_attributes_are_those_that_filters_find(summarize):
    values = ["red", "blue", "blue", *(f"color {n:02}" for n in range(60))]
    items = [
        Item(str(n), b"", "hat", {"color": value, "a=b": "c"})
        for n, value in enumerate(values)
    ]
    items[0] = dataclasses.replace(
        items[0], attributes={"color": " red ", "size": "M"}
    )
    color, size = summarize(items)["attributes"]
    assert (color["name"], size["name"]) == ("color", "size")
    assert color["values"][0] == {"value": "blue", "count": 2}
    assert color["values"][-1] == {"value": "color 48", "count": 1}
    assert len(color["values"]) == 50
    assert size["values"] == [{"value": "M", "count": 1}]


def test_users_have_enough_items_and_the_latest_are_listed(trained, summarize):
    interactions = trained.interactions
    lengths = interactions.train.row_lengths()
    rng = np.random.default_rng(5)
    times = rng.permutation(int(tf.reduce_sum(lengths)))
    timed = dataclasses.replace(
        interactions, times=interactions.train.with_values(tf.constant(times))
    )
    found = summarize(
        [Item("a", b"", "")],
        trained=dataclasses.replace(trained, interactions=timed),
    )["users"]
    assert [one["user_id"] for one in found] == interactions.user_ids
    for user, one in enumerate(found):
        assert one["num_items"] == lengths[user]
        latest = np.argsort(-timed.times[user].numpy())[:6]
        assert one["item_ids"] == [
            interactions.item_ids[item]
            for item in interactions.train[user].numpy()[latest]
        ]


def test_items_that_were_only_viewed_are_not_listed(trained, summarize):
    train = trained.interactions.train
    is_first = tf.ones_like(train, tf.bool)
    bought = dataclasses.replace(
        trained.interactions,
        owned=tf.concat([is_first[:1], is_first[1:] & False], axis=0),
    )
    found = summarize(
        [Item("a", b"", "")],
        trained=dataclasses.replace(trained, interactions=bought),
    )["users"]
    assert [one["user_id"] for one in found] == bought.user_ids[:1]


def test_the_sample_of_users_can_be_left_out(run, trained):
    items = read_items(run.data_dir, without_image)
    summary = summarize_catalog(run, trained, items, None, user_sample=False)
    assert summary["users"] == []


def test_users_of_few_items_are_not_sampled(trained, summarize):
    interactions = trained.interactions
    train = interactions.train
    short = tf.concat([train[:1, :2], train[1:2, :3], train[2:]], axis=0)
    found = summarize(
        [Item("a", b"", "")],
        trained=dataclasses.replace(
            trained, interactions=dataclasses.replace(interactions, train=short)
        ),
    )["users"]
    assert [one["user_id"] for one in found] == interactions.user_ids[1:]
    assert found[0]["num_items"] == 3
