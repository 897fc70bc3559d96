import json
import pathlib
import shutil

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.interactions import load_interactions

DAY = 86_400


def test_interactions_are_indices_into_the_vocabularies(data_dir):
    result = load_interactions(data_dir)
    assert result.user_ids == read_vocabulary(
        paths.vocabulary(data_dir, "users")
    )
    for user, user_id in enumerate(result.user_ids):
        items = [
            *result.train[user].numpy(),
            *result.validation[result.validation[:, 0] == user, 1],
            *result.test[result.test[:, 0] == user, 1],
        ]
        owner = user_id.removeprefix("Käufer, ")
        expected = {f"Größe, {owner}-{index}" for index in range(9)}
        assert {result.item_ids[item] for item in items} == expected
        assert list(result.train[user]) == sorted(result.train[user].numpy())


def test_held_out_pairs_are_those_on_disk_sorted(uneven_dir, uneven_splits):
    result = load_interactions(uneven_dir)
    for name, pairs in (
        ("validation", result.validation),
        ("test", result.test),
    ):
        assert pairs.dtype == np.int64
        assert pairs.tolist() == sorted(uneven_splits[name].tolist())
    for user, items in enumerate(result.train.to_list()):
        own = uneven_splits["train"][:, 0] == user
        assert items == sorted(uneven_splits["train"][own, 1])


def test_interacted_holds_every_split(uneven_dir, uneven_splits):
    expected = [[] for _ in range(8)]
    for user, item in np.concatenate(list(uneven_splits.values())):
        expected[user].append(item)
    result = load_interactions(uneven_dir).interacted.to_list()
    assert [sorted(items) for items in result] == [
        sorted(items) for items in expected
    ]


def test_train_counts(uneven_dir, uneven_splits):
    np.testing.assert_array_equal(
        load_interactions(uneven_dir).train_counts(),
        np.bincount(uneven_splits["train"][:, 1], minlength=82),
    )


LOG = {
    # (user, item): time and weight.
    "train": {
        (5, 1): (3 * DAY, 2.0),
        (0, 9): (None, 4.0),
        (0, 2): (DAY, None),
        (0, 4): (4 * DAY, 6.0),
        (0, 1): (DAY, 1.0),
        (3, 3): (None, None),
    },
    "negative": {(5, 7): (None, -3.0), (5, 0): (DAY, -1.0)},
    "validation": {(0, 3): (None, None)},
    "test": {},
}


@pytest.fixture(scope="module")
def logged(resplit):
    path = resplit(
        records=LOG,
        **{split: np.array(list(pairs)) for split, pairs in LOG.items()},
    )
    return load_interactions(path)


def test_weights_and_times_are_aligned(logged):
    """Without a weight the mean counts, without a time the user's earliest."""
    assert logged.train.to_list() == [
        [1, 2, 4, 9],
        [],
        [],
        [3],
        [],
        [1],
    ] + 2 * [[]]
    for rows in (logged.weights, logged.times):
        np.testing.assert_array_equal(rows.row_splits, logged.train.row_splits)
    mean = (2 + 4 + 6 + 1) / 4
    np.testing.assert_allclose(
        logged.weights.values, [1, mean, 6, 4, mean, 2], rtol=1e-6
    )
    assert (logged.times.values.numpy() / DAY).tolist() == [1, 1, 4, 1, 1, 3]


def test_items_are_owned_from_a_weight_on(resplit):
    path = pathlib.Path(
        resplit(train=np.array(list(LOG["train"])), records=LOG)
    )
    unbounded = load_interactions(str(path))
    assert unbounded.owned is None
    assert unbounded.owned_items is unbounded.train
    manifest = path / paths.MANIFEST
    values = json.loads(manifest.read_text())
    values["options"]["owned_weight"] = 4.0
    manifest.write_text(json.dumps(values))
    loaded = load_interactions(str(path))
    assert loaded.owned.to_list() == [
        [False, True, True, True],  # The second has no weight.
        [],
        [],
        [True],
        [],
        [False],
    ] + 2 * [[]]
    assert loaded.owned_items[0].numpy().tolist() == [2, 4, 9]
    assert loaded.owned_items[5].numpy().tolist() == []


def test_explicit_negatives_are_no_interactions(logged):
    assert logged.negatives.to_list() == [[]] * 5 + [[0, 7]] + [[]] * 2
    assert logged.negative_weights[5].numpy().tolist() == [1, 3]
    assert logged.interacted[5].numpy().tolist() == [1]


def test_recency_is_counted_from_the_latest_of_all(logged):
    np.testing.assert_array_equal(
        logged.recency, [[3, 2], [3, 2], [0, 1], [3, 2], [3, 1], [1, 1]]
    )


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_weights_have_mean_1(logged, power):
    result = logged.weighed(power)
    weights = logged.weights.values.numpy() ** power
    np.testing.assert_allclose(
        result.weights.values, weights / weights.mean(), rtol=1e-6
    )
    np.testing.assert_allclose(
        result.negative_weights.values,
        np.array([1, 3]) ** power / weights.mean(),
        rtol=1e-6,
    )


def test_a_power_of_0_leaves_weights_out(logged):
    result = logged.weighed(0.0)
    assert result.weights is None
    assert result.negative_weights.values.numpy().tolist() == [1, 1]


def test_without_weights_and_times(uneven_dir):
    result = load_interactions(uneven_dir)
    assert result.weighed(1.0) is result
    assert result.weights is result.times is result.recency is None
    assert result.negatives is result.negative_weights is None


def test_weights_of_nothing_are_one_sentence(resplit):
    records = {"train": {(0, 1): (None, 0.0), (0, 2): (None, 1.0)}}
    path = resplit(train=np.array([[0, 1], [0, 2]]), records=records)
    with pytest.raises(UserError, match="weights of 0 or less, which an earl"):
        load_interactions(path)


def test_an_unknown_id_is_one_sentence(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path / "data")
    path = tmp_path / "data" / "vocab" / "items.txt"
    first, rest = path.read_text("utf-8").split("\n", 1)
    path.write_text(f"{first}x\n{rest}", "utf-8")
    with pytest.raises(UserError, match=f"the id '{first}' is in some"):
        load_interactions(str(tmp_path / "data"))


def test_a_split_may_be_empty(resplit):
    nothing = np.empty((0, 2), np.int64)
    path = resplit(
        train=np.array([[user, user] for user in range(8)]),
        validation=nothing,
        test=nothing,
    )
    result = load_interactions(path)
    assert result.validation.shape == result.test.shape == (0, 2)
    assert result.interacted.row_lengths().numpy().tolist() == [1] * 8


def test_a_user_of_every_item_is_one_sentence(resplit):
    """It is their three splits together that leave nothing to rank."""
    everything = np.array([[3, item] for item in range(82)])
    splits = {"train": everything[:40], "validation": everything[40:60]}
    load_interactions(resplit(**splits, test=everything[60:81]))
    with pytest.raises(UserError, match="interacted with every item"):
        load_interactions(resplit(**splits, test=everything[60:]))


@pytest.mark.parametrize("split", paths.SPLITS)
def test_a_missing_shard_of_triples_is_noticed(data_dir, tmp_path, split):
    shutil.copytree(data_dir, tmp_path / "data")
    for path in (tmp_path / "data" / "triples").glob(f"{split}-*-of-*"):
        path.unlink()
    with pytest.raises(UserError, match=f"holds 0 {split} interactions, but"):
        load_interactions(str(tmp_path / "data"))


def test_no_manifest_no_data_set(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.json"):
        load_interactions(str(tmp_path))
