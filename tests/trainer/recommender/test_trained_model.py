import dataclasses
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.interactions import load_interactions
from trainer.data.user_holdout import HeldOutUsers
from trainer.models.embeddings import map_catalog
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_best_model
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run


def test_weights_of_another_network_are_refused(run_dir):
    run = Run.load(run_dir, RecommenderConfig)
    other = dataclasses.replace(
        run, config=RecommenderConfig(backbone="cnn_f", embedding_dim=8)
    )
    with pytest.raises(UserError, match="do not match .* backbone 'cnn_f'"):
        load_best_model(other, load_interactions(run.data_dir))


def test_a_run_without_an_epoch_is_refused(data_dir, tmp_path):
    run = Run.start(str(tmp_path), data_dir, RecommenderConfig())
    with pytest.raises(UserError, match="holds no checkpoint"):
        load_best_model(run, load_interactions(data_dir))


@pytest.mark.parametrize("fixture", ["run_dir", "hybrid_run_dir"])
def test_the_best_checkpoint_holds_the_embeddings_of_its_weights(
    fixture, request
):
    run = Run.load(request.getfixturevalue(fixture), RecommenderConfig)
    trained = load_recommender(run)
    np.testing.assert_allclose(
        trained.visual_vectors,
        map_catalog(trained.item_tower, trained.images),
        rtol=1e-5,
        atol=1e-5,
    )


def test_a_damaged_best_checkpoint_is_named(run_dir, tmp_path):
    shutil.copytree(run_dir, tmp_path / "run")
    [path] = (tmp_path / "run" / "best").glob("*.data*")
    os.truncate(path, path.stat().st_size // 2)
    run = Run.load(str(tmp_path / "run"), RecommenderConfig)
    with pytest.raises(UserError, match="run/best/ckpt-9 is damaged"):
        load_recommender(run)


@pytest.fixture(scope="module")
def trained(run_dir):
    return load_recommender(Run.load(run_dir, RecommenderConfig))


def test_the_keras_model_is_that_of_the_embeddings(trained, run_dir):
    model = load_best_model(Run.load(run_dir, RecommenderConfig))
    phi = map_catalog(model.item_tower, trained.images)[:3]
    np.testing.assert_allclose(phi, trained.visual_vectors[:3], rtol=1e-4)


def test_the_latest_of_the_liked_items_counts_most(trained):
    decayed = dataclasses.replace(trained, order_exponent=0.5)
    liked = tf.ragged.constant([[4], [7, 2, 5]], tf.int64)
    assert trained.order_weights(liked) is None
    weights = decayed.order_weights(liked)
    expected = [2**-0.5, 4**-0.5, 3**-0.5, 2**-0.5]
    np.testing.assert_allclose(weights.values, expected, rtol=1e-6)
    ids = trained.interactions.item_ids
    scores = trained.cold_start_scorer(liked, weights)(np.array([1]))[0]
    scores[[7, 2, 5]] = -np.inf
    assert decayed.recommend_for_items([[ids[7], ids[2], ids[5]]], k=1) == [
        [ids[scores.argmax()]]
    ]


def test_histories_of_all_users_begin_with_the_latest_item(trained):
    train = trained.interactions.train
    times = np.random.default_rng(2).integers(0, 5, len(train.values))
    timed = dataclasses.replace(
        trained,
        interactions=dataclasses.replace(
            trained.interactions, times=train.with_values(tf.constant(times))
        ),
        history_weights=train.with_values(tf.constant(times, tf.float32)),
    )
    _, _, histories = timed.all_users()
    weights = timed.all_history_weights()
    for user, row in enumerate(histories):
        time_of = dict(
            zip(
                train[user].numpy(),
                timed.interactions.times[user].numpy(),
                strict=True,
            )
        )
        latest = sorted(time_of, key=lambda item: (-time_of[item], item))
        assert row.numpy().tolist() == latest
        assert weights[user].numpy().tolist() == [time_of[i] for i in latest]
    assert np.array_equal(trained.all_users()[2].values, train.values)


def test_owned_items_are_a_part_of_the_histories(trained):
    train = trained.interactions.train
    owned = train.with_values(train.values % 2 == 0)
    some = dataclasses.replace(
        trained,
        interactions=dataclasses.replace(trained.interactions, owned=owned),
        held_out_users=HeldOutUsers(
            ["new"], tf.ragged.constant([[3, 4]], tf.int64), np.empty((0, 2))
        ),
    )
    *before, new = some.all_owned_items().to_list()
    assert before == [
        [item for item in items if item % 2 == 0] for items in train.to_list()
    ]
    assert new == [3, 4]
    everything = trained.all_owned_items()
    assert np.array_equal(everything.values, train.values)


def test_new_users_are_recommended_what_scores_highest(trained):
    item_ids = trained.interactions.item_ids
    liked = [item_ids[:2], item_ids[5:6]]
    result = trained.recommend_for_items(liked, k=len(item_ids))
    assert [len(row) for row in result] == [
        len(item_ids) - 2,
        len(item_ids) - 1,
    ]
    places = {item_id: place for place, item_id in enumerate(item_ids)}
    for row, own in zip(result, liked, strict=True):
        assert not set(row) & set(own)
        vector = trained.encoder(
            *(
                np.array(values, np.float32)
                for values in (
                    [
                        sum(
                            trained.encoder.vectors[places[liked_id]]
                            for liked_id in own
                        )
                    ],
                    [len(own)],
                )
            )
        )
        scores = np.asarray(vector) @ trained.item_vectors.T
        ordered = scores[0, [places[item_id] for item_id in row]]
        assert (np.diff(ordered) <= 1e-6).all()


def test_nobody_asks_and_nobody_is_answered(trained):
    assert trained.recommend([]) == []


@pytest.mark.parametrize(
    ("method", "ids", "message"),
    [
        ("recommend", ["nobody"], "'nobody' is not one of the 8 user ids"),
        ("recommend_for_items", [["none"]], "'none' is not one of the 82 item"),
        ("recommend_for_items", [[]], "at least one liked item"),
    ],
)
def test_unknown_ids_are_one_sentence(trained, method, ids, message):
    with pytest.raises(UserError, match=message):
        getattr(trained, method)(ids)
