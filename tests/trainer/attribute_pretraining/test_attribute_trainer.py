import pathlib
import re

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer import task
from trainer.attribute_pretraining.attribute_trainer import AttributeTrainer
from trainer.attribute_pretraining.attribute_trainer import attribute_losses
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.data.attributes import Attribute
from trainer.models.backbones import build_backbone
from trainer.models.backbones.weights_file import save_weights


@pytest.fixture
def training(tiny, colours):
    """Training on squares of three colours; every fourth lacks its shade."""
    photos = colours[1]
    numbers = np.arange(len(photos))
    config = PretrainingConfig(
        augmentation=0.0,
        batch_size=9,
        epochs=40,
        learning_rate=0.05,
        backbone_learning_rate=0.02,
        validation_photos=3,
    )
    # No choice of the command line.
    object.__setattr__(config, "backbone", tiny)
    attributes = {
        "colour": Attribute(["blue", "green", "red"], numbers % 3),
        "shade": Attribute(["a", "b"], np.where(numbers % 4, numbers % 2, -1)),
    }
    return AttributeTrainer(config, 4, photos, attributes, replicas=1)


def test_the_loss_is_the_cross_entropy_of_what_is_known():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4, 3)).astype("float32")
    values = np.array([2, -1, 0, 1])
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = -np.log(shares[range(4), values])
    expected[1] = 0
    losses = attribute_losses([scores, scores], np.stack([values] * 2, axis=1))
    np.testing.assert_allclose(losses, 2 * expected, rtol=1e-5)


def test_photos_held_out_are_recognised(training):
    training.model.heads[0].bias.assign([3.0, 0.0, 0.0])
    before = training.accuracies()[0]
    # Coverage does not count lines that AutoGraph converts.
    step = tf.function(training.train_step, autograph=False)
    for batch in training.batches_from(0).take(80):
        step(batch)
    assert before < 1
    assert training.accuracies()[0] == 1


def test_the_commonest_class_is_that_of_training(training):
    held_out, train = training._held_out, training._train
    guess = np.bincount(train % 3).argmax()
    assert training.commonest()[0] == np.mean(held_out % 3 == guess)


def test_an_epoch_holds_each_photo_once_and_never_those_held_out(training):
    steps = training.steps_per_epoch
    batches = list(training.batches_from(0).take(2 * steps))
    first, second = (
        np.concatenate([batch["photos"] for batch in batches[start:][:steps]])
        for start in (0, steps)
    )
    assert len(np.unique(first, axis=0)) == len(first) == 27
    assert sorted(map(bytes, first)) == sorted(map(bytes, second))
    assert first.tobytes() != second.tobytes()
    held_out = training._photos.take(training._held_out).numpy()
    assert not set(map(bytes, first)) & set(map(bytes, held_out))


def test_batches_go_on_where_they_stopped(training):
    expected = list(training.batches_from(0).take(7))[5:]
    result = list(training.batches_from(5).take(2))
    for first, second in zip(result, expected, strict=True):
        np.testing.assert_array_equal(first["photos"], second["photos"])
        np.testing.assert_array_equal(first["values"], second["values"])


@pytest.mark.compat
def test_the_command_writes_weights_that_a_recommender_starts_from(
    data_dir, tmp_path, capfd, caplog
):
    caplog.set_level("INFO")
    run_dir = tmp_path / "backbone"
    command = [
        "pretrain",
        f"--data_dir={data_dir}",
        f"--run_dir={run_dir}",
        "--preset=scratch",
        "--batch_size=16",
        "--epochs=1",
    ]
    task.main(command)
    path = run_dir / "backbone.npz"
    assert f"--weights {path}" in capfd.readouterr().out
    assert re.search(r"^category +\d\.\d{3} ", caplog.messages[-1], re.M)
    fresh, taught = (
        build_backbone("small", 32, weights) for weights in (None, str(path))
    )
    with np.load(path) as weights:
        assert len(weights) == len(taught.variables)
    assert any(
        (weight != other).any()
        for weight, other in zip(
            fresh.get_weights(), taught.get_weights(), strict=True
        )
    )
    before = path.read_bytes()
    task.main(command)
    assert path.read_bytes() == before
    assert not list(pathlib.Path(run_dir).glob("*.begun*"))


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("small", "not-there.npz", "no file not-there.npz"),
        ("small", "some.h5", "trainer.task pretrain"),
    ],
)
def test_weights_that_cannot_be_are_one_sentence(name, weights, message):
    with pytest.raises(UserError, match=message):
        build_backbone(name, 32, weights)


def test_weights_of_another_network_are_one_sentence(tmp_path):
    path = tmp_path / "others.npz"
    np.savez(path, **{"dense/kernel": np.zeros(3)})
    with pytest.raises(UserError, match="does not hold the weights of"):
        build_backbone("small", 32, str(path))


@pytest.mark.parametrize("kept", [0, 20, 1000, -100])
def test_weights_cut_short_are_one_sentence(tmp_path, kept):
    path = tmp_path / "cut.npz"
    save_weights(build_backbone("small", 32), str(path))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UserError, match=f"{path} does not hold the weights of"):
        build_backbone("small", 32, str(path))


def test_attributes_that_are_not_there_are_one_sentence(data_dir, tmp_path):
    with pytest.raises(UserError, match="'size'.*available: category"):
        task.main(
            [
                "pretrain",
                f"--data_dir={data_dir}",
                f"--run_dir={tmp_path}/run",
                "--attributes=size",
            ]
        )
