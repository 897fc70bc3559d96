import shutil

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.interactions import load_interactions


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
