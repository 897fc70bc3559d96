"""The sample of the catalog that a stream is validated on."""

import numpy as np
import pytest

from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from trainer.data.catalog_sample import load_catalog_sample
from trainer.data.images import load_photos
from trainer.data.interactions import load_interactions


@pytest.fixture(scope="module")
def interactions(data_dir):
    return load_interactions(data_dir)


@pytest.fixture(scope="module")
def user_ids(data_dir):
    return read_vocabulary(paths.vocabulary(data_dir, "users"))


def ids_of(interactions, pairs):
    """Returns pairs of indices as a set of pairs of ids."""
    return {
        (interactions.user_ids[user], interactions.item_ids[item])
        for user, item in pairs
    }


def train_pairs(interactions):
    rows = interactions.train.value_rowids().numpy()
    return np.stack([rows, interactions.train.values.numpy()], axis=1)


def test_a_small_catalog_is_its_own_sample(data_dir, user_ids, interactions):
    sample = load_catalog_sample(data_dir, user_ids)
    assert sorted(sample.interactions.item_ids) == interactions.item_ids
    assert sample.rows.tolist() == list(range(len(user_ids)))
    for name in ("validation", "test"):
        pairs = getattr(sample.interactions, name)
        assert ids_of(sample.interactions, pairs) == ids_of(
            interactions, getattr(interactions, name)
        )
    assert ids_of(
        sample.interactions, train_pairs(sample.interactions)
    ) == ids_of(interactions, train_pairs(interactions))


def test_a_sample_has_the_interactions_with_its_items(
    data_dir, user_ids, interactions
):
    sample = load_catalog_sample(data_dir, user_ids, num_items=40)
    chosen = sample.interactions
    assert len(set(chosen.item_ids)) == 40 == len(sample.photos)
    validation = {
        (user, item)
        for user, item in ids_of(interactions, interactions.validation)
        if item in chosen.item_ids
    }
    assert 0 < len(validation) < len(interactions.validation)
    assert ids_of(chosen, chosen.validation) == validation
    assert chosen.user_ids == sorted({user for user, _ in validation})
    assert chosen.user_ids == [user_ids[row] for row in sample.rows]
    assert ids_of(chosen, train_pairs(chosen)) == {
        (user, item)
        for user, item in ids_of(interactions, train_pairs(interactions))
        if item in chosen.item_ids and user in chosen.user_ids
    }
    index = interactions.item_ids.index(chosen.item_ids[7])
    assert sample.photos.jpeg(7) == load_photos(data_dir, 0).jpeg(index)
