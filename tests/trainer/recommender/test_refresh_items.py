"""A trained run with the items of a later day."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema.manifest import Manifest
from trainer.recommender import refresh_items
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.refresh_items import load_with_items
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

GONE = "Größe, 7-"


@pytest.fixture(scope="module", params=["run_dir", "hybrid_run_dir"])
def run(request):
    """A run of each kind of model."""
    return Run.load(request.getfixturevalue(request.param), RecommenderConfig)


@pytest.fixture(scope="module")
def before(run):
    return load_recommender(run)


@pytest.fixture(scope="module")
def today(run, data_of_today):
    return load_with_items(run, data_of_today)


def places(trained, *item_ids):
    return [
        trained.interactions.item_ids.index(item_id) for item_id in item_ids
    ]


def test_users_keep_their_vectors(before, today):
    assert np.array_equal(today.user_vectors, before.user_vectors)
    assert today.interactions.user_ids == before.interactions.user_ids


def test_held_out_users_keep_what_is_still_there(before, today):
    old, new = before.held_out_users, today.held_out_users
    if old is None:
        assert new is None
        return
    assert new.user_ids == old.user_ids
    old_ids, new_ids = (one.interactions.item_ids for one in (before, today))
    for row, items in enumerate(old.fold_in_items):
        kept = {old_ids[item] for item in items} & set(new_ids)
        assert kept == {new_ids[item] for item in new.fold_in_items[row]}
    pairs = {
        (row, old_ids[item])
        for row, item in old.held_out_items
        if old_ids[item] in new_ids
    }
    assert pairs == {(row, new_ids[item]) for row, item in new.held_out_items}
    assert set(today.all_users()[0]) <= {
        *old.user_ids,
        *before.interactions.user_ids,
    }


def test_items_that_are_still_there_are_what_they_were(before, today):
    stay = [
        item_id
        for item_id in today.interactions.item_ids
        if item_id not in ("new", "Größe, 3-0")
    ]
    assert len(stay) == len(before.interactions.item_ids) - 10
    for name in ("item_vectors", "visual_vectors"):
        np.testing.assert_allclose(
            getattr(today, name)[places(today, *stay)],
            getattr(before, name)[places(before, *stay)],
            rtol=1e-4,
            atol=1e-5,
        )
    np.testing.assert_allclose(
        today.encoder.vectors[places(today, *stay)],
        before.encoder.vectors[places(before, *stay)],
        rtol=1e-4,
        atol=1e-5,
    )


def test_a_new_item_is_its_photo_and_its_content(run, before, today):
    new, twin = places(today, "new", "Größe, 3-1")
    phi = today.visual_vectors
    np.testing.assert_allclose(phi[new], phi[twin], rtol=1e-5)
    width = phi.shape[1]
    if not run.config.modalities:
        np.testing.assert_allclose(
            today.item_vectors[new, :width], phi[new], rtol=1e-5
        )
    if run.config.item_embeddings:
        # As of whatever else nobody took.
        counts = before.interactions.train_counts()
        untaken = before.item_vectors[counts == 0, width]
        assert today.item_vectors[new, width] == pytest.approx(untaken[0])
        assert not np.allclose(today.item_vectors[twin], phi[twin, 0])


def test_a_photo_that_changed_is_seen_anew(run, before, today):
    changed, other = places(today, "Größe, 3-0", "Größe, 4-0")
    phi = today.visual_vectors
    np.testing.assert_allclose(phi[changed], phi[other], rtol=1e-4)
    if run.config.modalities:
        return  # The image is a part of the vector, and not a summand.
    (old,) = places(before, "Größe, 3-0")
    width = phi.shape[1]
    np.testing.assert_allclose(  # What was learned of the item stays.
        today.item_vectors[changed, :width] - phi[changed],
        (before.item_vectors[:, :width] - before.visual_vectors)[old],
        atol=1e-5,
    )


def names(trained, split):
    interactions = trained.interactions
    return {
        (interactions.user_ids[user], interactions.item_ids[item])
        for user, item in split(interactions)
    }


def train(interactions):
    rows = interactions.train
    return zip(rows.value_rowids().numpy(), rows.values.numpy(), strict=True)


def test_interactions_with_remaining_items_are_kept(before, today):
    for split in (
        train,
        lambda ragged: ragged.validation,
        lambda ragged: ragged.test,
    ):
        assert names(today, split) == {
            (user, item)
            for user, item in names(before, split)
            if not item.startswith(GONE)
        }
    (user,) = np.flatnonzero(
        np.array(today.interactions.user_ids) == "Käufer, 7"
    )
    assert len(today.interactions.train[user]) == 0


def test_weights_times_and_owned_stay_with_their_interactions(
    run, before, data_of_today, monkeypatch
):
    if not run.config.ease_weight:
        pytest.skip("the weights are the same for each kind of model")
    rows = before.interactions.train
    weights = rows.with_values(np.arange(len(rows.values), dtype=np.float32))
    timed = dataclasses.replace(
        before.interactions,
        times=tf.cast(weights, tf.int64),
        owned=rows.with_values(weights.values % 2 == 0),
    )
    monkeypatch.setattr(
        refresh_items,
        "load_recommender",
        lambda _: dataclasses.replace(
            before, history_weights=weights, interactions=timed
        ),
    )
    today = load_with_items(run, data_of_today)
    result = today.history_weights
    for (user, item), weight in zip(
        train(today.interactions), result.values.numpy(), strict=True
    ):
        item_id = today.interactions.item_ids[item]
        (old,) = places(before, item_id)
        place = rows[user].numpy().tolist().index(old)
        assert weight == weights[user][place]
    times = today.interactions.times
    assert np.array_equal(times.values, result.values)
    owned = today.interactions.owned
    assert np.array_equal(owned.values, result.values.numpy() % 2 == 0)


def test_ease_between_remaining_items_still_adds_to_scores(run, before, today):
    if not run.config.ease_weight:
        assert today.ease is None
        return
    there = [
        item_id
        for item_id in before.interactions.item_ids
        if not item_id.startswith(GONE)
    ]
    added = [fitted_scores(trained, user=3) for trained in (before, today)]
    np.testing.assert_allclose(
        added[1][places(today, *there)],
        added[0][places(before, *there)],
        atol=1e-4,
    )
    assert added[1].max() > 0.01
    (new,) = places(today, "new")
    assert added[1][new] == 0
    # It resembles an item of the user.
    product = today.user_vectors[3] @ today.item_vectors[new]
    assert today.scorer()(np.array([3]))[0, new] > product + 0.1


def fitted_scores(trained, user):
    """Sums the EASE weights of a user without the similarities."""
    ease, scores = trained.ease, np.zeros(len(trained.item_vectors))
    for item in trained.interactions.train[user].numpy():
        columns = slice(0, ease.num_fitted)
        np.add.at(
            scores,
            ease.neighbours.numpy()[item, columns],
            ease.weights_to.numpy()[item, columns],
        )
    return scores


def test_other_photos_are_refused_in_one_sentence(run, tmp_path, data_dir):
    manifest = Manifest.read(data_dir)
    dataclasses.replace(manifest, image_size=16, resize="crop").write(
        str(tmp_path)
    )
    with pytest.raises(UserError) as error:
        load_with_items(run, str(tmp_path))
    assert (
        "was prepared with --image_size 16 --resize crop --background keep, "
        f"but {run.run_dir} was trained on --image_size 32 --resize pad "
        "--background keep; prepare the data with the flags of the training"
    ) in str(error.value)
