"""Training against candidates: what it trains, reads, resumes and reaches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.recommender.config import BEST_METRIC
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions

CANDIDATES = {
    "positives_per_image": 2,
    "batch_size": 6,
    "num_negatives": 8,
    "negatives": "mixed",
    "loss": "softmax",
    "learning_rate": 0.03,
}
EVERYTHING = {
    **CANDIDATES,
    "user_tower": "both",
    "item_embeddings": 1,
    "augmentation": 0.5,
    "pca_components": 3,
    "content": "attributes,text",
    "content_dim": 2,
    "modality_dropout": 0.2,
    "feature_dropout": 0.2,
    "item_embedding_dropout": 0.3,
    "history_dropout": 0.2,
    "cnn_l2": 1e-3,
    "user_l2": 1e-2,
}


class Dies(keras.callbacks.Callback):
    """Ends a run after a step."""

    def __init__(self, step):
        super().__init__()
        self.steps_left = step

    def on_train_batch_end(self, batch, logs=None):
        self.steps_left -= 1
        if not self.steps_left:
            raise KeyboardInterrupt


def run(training, run_dir, epochs=2, callbacks=(), checkpoint_every=None):
    """Trains as `recommender.train` does; returns the losses of the epochs.

    Checkpoints are of each epoch, unless they are of fewer steps.
    """
    steps = training.steps_per_epoch
    loop = TrainingLoop(
        training,
        LoopOptions(epochs, steps, checkpoint_every or steps, BEST_METRIC),
        str(run_dir),
        tf.distribute.get_strategy(),
    )
    if not loop.resume():
        training.start()
    history = keras.callbacks.History()
    loop.run(training.batches_from, [history, *callbacks], verbose=0)
    return history.history


def bits(training):
    """All weights, the state of the optimisers, and the bank."""
    return [
        variable.numpy()
        for owner in (training.model, *training.model.optimizer.parts)
        for variable in owner.variables
    ] + [training._bank.features.numpy()]


def test_a_step_trains_all_that_should_be_trained(make_training):
    training = make_training(**EVERYTHING)
    training.start()
    before = [w.copy() for w in training.model.get_weights()]
    # Factors start small and in products; a second step moves all of them.
    for batch in training.batches_from(0).take(2):
        training.train_step(batch)
    moved = {
        "/".join(w.path.split("/")[-2:]): not np.array_equal(old, w.numpy())
        for w, old in zip(training.model.weights, before, strict=True)
    }
    assert {name for name, has_moved in moved.items() if has_moved} >= {
        "dense/kernel",
        "dense/bias",
        "projection/kernel",
        "item_embedding/vectors",
        "item_embedding/biases",
        "user_tower/embeddings",
        "history_tower/offset",
        "history_projection/kernel",
        "history_projection/bias",
        "item_embedding/history_vectors",
    }
    assert not moved["attributes_bag/table"]
    assert not moved["text_bag/table"]
    assert not moved["components/mean"]
    assert not moved["components/components"]


def test_a_step_changes_the_features_of_images_only(make_training):
    training = make_training(**EVERYTHING)
    training.start()
    content = training.model.item_tower.content.encode(training._content)
    before = training.features()
    np.testing.assert_array_equal(before[:, 3:], content)
    for batch in training.batches_from(0).take(1):
        training.train_step(batch)
    after = training.features()
    assert not np.allclose(after[:, :3], before[:, :3])
    np.testing.assert_array_equal(after[:, 3:], content)


@pytest.mark.slow
def test_it_learns_without_images(make_training, tmp_path):
    training = make_training(
        **CANDIDATES,
        backbone="none",
        content="text",
        content_dim=3,
        user_tower="history",
    )
    run(training, tmp_path, epochs=6)
    assert training.evaluate()["val_auc"] > 0.8
    np.testing.assert_allclose(
        training.embed().photos, training.embed().items, rtol=1e-5
    )


def test_items_of_nobody_have_neither_vector_nor_bias(make_training, colours):
    training = make_training(**EVERYTHING)
    training.start()
    cold = colours[0].train_counts() == 0
    assert cold.sum() >= 3
    factors = training.model.item_embedding
    before = factors.vectors.numpy()
    for batch in training.batches_from(0).take(3):
        training.train_step(batch)
    np.testing.assert_array_equal(factors.vectors.numpy()[cold], before[cold])
    assert not factors.biases.numpy()[cold].any()
    assert factors.biases.numpy()[~cold].any()


def test_a_frozen_backbone_keeps_its_bits_and_reads_no_photo(
    make_training, monkeypatch, colours
):
    training = make_training(
        **{**CANDIDATES, "negatives": "uniform"},
        backbone="small",
        frozen_stages=-1,
        cnn_l2=1e-3,
    )
    training.start()
    backbone = training.model.item_tower.backbone
    before = [w.tobytes() for w in backbone.get_weights()]
    projection = training.model.item_tower.projection.kernel.numpy()

    def refuse(*_):
        raise AssertionError("a photo was read")

    monkeypatch.setattr(type(colours[1]), "take", refuse)
    batches = training.batches_from(0)
    assert "photos" not in batches.element_spec
    for batch in batches.take(3):
        training.train_step(batch)
    assert "val_auc" in training.evaluate()
    assert [w.tobytes() for w in backbone.get_weights()] == before
    changed = training.model.item_tower.projection.kernel.numpy()
    assert not np.array_equal(projection, changed)


def test_a_step_renews_the_features_of_its_photos(make_training):
    training = make_training(**CANDIDATES)
    training.start()
    before = training._bank.features.numpy()
    (batch,) = training.batches_from(0).take(1)
    expected = training.model.item_tower.features(batch["photos"])
    training.train_step(batch)
    after = training._bank.features.numpy()
    passed = np.unique(batch["item"])
    assert 1 < len(passed) < len(after)
    rest = np.setdiff1d(np.arange(len(after)), passed)
    np.testing.assert_array_equal(after[rest], before[rest])
    np.testing.assert_allclose(
        after[batch["item"].numpy()], expected, rtol=1e-5
    )
    # What the step did to the network shows only when all pass it again.
    assert not np.allclose(training.features(), after)
    np.testing.assert_array_equal(
        training.features(), training._bank.features.numpy()
    )


def test_components_start_as_visual_similarity(make_training, colours):
    """Before a step, a person's list is by the cosine to what they took."""
    training = make_training(
        **CANDIDATES,
        user_tower="history",
        pca_components=3,
        projection_init_scale=4.0,
    )
    training.start()
    features = training.features()
    tower = training.model.item_tower
    raw = np.concatenate(
        [tower.backbone_features(colours[1].take([i])) for i in range(30)]
    )
    np.testing.assert_allclose(tower.components(raw), features, atol=1e-5)
    (batch,) = training.batches_from(0).take(1)
    _, users = training.losses(batch)
    train = colours[0].train.to_list()
    user_of = np.repeat(np.arange(12), 5)
    groups = batch["interactions"].numpy()
    pairs = [
        (user_of[other], item)
        for item, group in zip(batch["item"].numpy(), groups, strict=True)
        for other in group[group >= 0]
    ]
    for theta, (user, item) in zip(users.numpy(), pairs, strict=True):
        others = [other for other in train[user] if other != item]
        cosines = features @ features[others].sum(axis=0)
        scores = tower.projection(features).numpy() @ theta
        np.testing.assert_allclose(
            scores, cosines * 16 / np.sqrt(len(others)), rtol=1e-3, atol=1e-4
        )


@pytest.mark.compat
def test_losses_fall_and_validation_beats_chance(make_training, tmp_path):
    """Softmax of the history tower is trained in `test_recommender.py`."""
    training = make_training(
        **{**CANDIDATES, "loss": "bpr", "negatives": "in_batch"},
        user_tower="both",
    )
    history = run(training, tmp_path, epochs=6)
    assert history["bpr"][-1] < 0.8 * history["bpr"][0]
    assert history["val_auc"][-1] > 0.75


@pytest.mark.slow
def test_a_resumed_run_ends_with_the_bits_of_an_unbroken_one(
    make_training, tmp_path
):
    """In mid-epoch, with draws of dropout, augmentation and a stale bank."""
    unbroken = make_training(**EVERYTHING)
    assert unbroken.steps_per_epoch == 6
    run(unbroken, tmp_path / "unbroken")
    # What a run starts from is replaced by the checkpoint.
    for index, step in enumerate((3, 6)):
        killed = make_training(init_seed=index, **EVERYTHING)
        with pytest.raises(KeyboardInterrupt):
            run(
                killed,
                tmp_path / "killed",
                callbacks=[Dies(step)],
                checkpoint_every=1,
            )
    resumed = make_training(init_seed=2, **EVERYTHING)
    run(resumed, tmp_path / "killed")
    expected, result = bits(unbroken), bits(resumed)
    assert len(expected) == len(result) > 30
    for first, second in zip(expected, result, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(
    make_training, eagerly
):
    result = []
    for seed in (3, 3, 4):
        training = make_training(**EVERYTHING, seed=seed)
        training.start()
        for batch in training.batches_from(0).take(2):
            training.train_step(batch)
        result.append(bits(training))
    for first, again in zip(result[0], result[1], strict=True):
        np.testing.assert_array_equal(first, again)
    assert not np.array_equal(result[0][-1], result[2][-1])


def test_a_checkpoint_of_other_towers_is_refused(
    make_training, tmp_path, eagerly
):
    run(make_training(**CANDIDATES), tmp_path, epochs=1)
    other = make_training(**CANDIDATES, user_tower="both", item_embeddings=1)
    with pytest.raises(UserError, match="holds another model"):
        run(other, tmp_path)


def test_photos_are_read_from_the_epoch_on_that_thaws_the_backbone(
    make_training, tmp_path, eagerly
):
    """Until then features come from the bank, and no weight of it moves."""
    training = make_training(**CANDIDATES, frozen_epochs=1)
    steps = training.steps_per_epoch
    assert "photos" not in training.batches_from(steps - 1).element_spec
    assert "photos" in training.batches_from(steps).element_spec
    kernels = []
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kernels.append(
            training.model.item_tower.backbone.get_weights()[0].copy()
        )
    )
    start = training.model.item_tower.backbone.get_weights()[0].copy()
    run(training, tmp_path, 2, [keep])
    np.testing.assert_array_equal(kernels[0], start)
    assert (kernels[1] != start).any()


@pytest.mark.slow
def test_a_run_that_dies_while_frozen_ends_with_the_same_weights(
    make_training, tmp_path
):
    values = {**EVERYTHING, "frozen_epochs": 1}
    unbroken = make_training(**values)
    run(unbroken, tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        run(make_training(**values), tmp_path / "broken", 2, [Dies(2)], 1)
    again = make_training(init_seed=99, **values)
    run(again, tmp_path / "broken")
    for array, other in zip(bits(unbroken), bits(again), strict=True):
        np.testing.assert_array_equal(array, other)
