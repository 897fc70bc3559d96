"""The command `gan`, from prepared data to a trained GAN."""

import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from trainer import task
from trainer.gan import dataset as dataset_module
from trainer.gan import train as gan_train
from trainer.gan.config import GanConfig
from trainer.gan.cut_generator_file import load_cut_generator
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.gray_cuts import GrayCuts
from trainer.gan.trained_gan import load_trained_gan
from trainer.gan.validation import Validation
from trainer.models.gan import projected_discriminator
from trainer.training.run import Run


def checkpointed(run_dir):
    """Returns all that the last checkpoint of a run holds, by name."""
    path = tf.train.latest_checkpoint(f"{run_dir}/checkpoints")
    reader = tf.train.load_checkpoint(path)
    names = reader.get_variable_to_shape_map()
    return {
        name: reader.get_tensor(name)
        for name in names
        # A clock, and how often it was saved.
        if not name.startswith(("seconds", "save_counter", "_CHECKPOINTABLE"))
    }


@pytest.mark.compat
def test_history_and_checkpoints_are_kept(gan_run_dir):
    rows = json_files.read_json_lines(gan_run_dir, run_artifacts.HISTORY)
    assert [row["step"] for row in rows] == [3, 6]
    assert set(rows[0]) == {
        "epoch",
        "step",
        "seconds",
        "generator_loss",
        "discriminator_loss",
        "real_score",
        "fake_score",
        "val_kid",
        "val_diversity",
    }
    assert 0 < rows[0]["seconds"] < rows[1]["seconds"]
    assert json_files.read_json(gan_run_dir, "run.json")["kind"] == "gan"
    assert list(pathlib.Path(gan_run_dir).glob("logs/samples/events*"))
    shown = EventAccumulator(f"{gan_run_dir}/logs/train").Reload()
    assert set(shown.Tags()["tensors"]) >= {
        "epoch_input_stall_fraction",
        "epoch_learning_rate",
        "epoch_learning_rate_discriminator",
    }


def test_a_grid_has_a_row_a_category(gan_run_dir):
    files = sorted(pathlib.Path(gan_run_dir, "samples").iterdir())
    assert [one.name for one in files] == [
        "step-0000003.png",
        "step-0000006.png",
    ]
    with Image.open(files[0]) as image:
        assert image.size == (8 * 8, 2 * 8)


@pytest.mark.compat
def test_what_is_loaded_is_what_was_best(gan_run_dir):
    trained = load_trained_gan(gan_run_dir)
    assert trained.categories == ["hat", "shoe"]
    assert (trained.image_size, trained.z_dim) == (8, 3)
    best = min(
        row["val_kid"]
        for row in json_files.read_json_lines(
            gan_run_dir, run_artifacts.HISTORY
        )
    )
    validation = Validation(load_gan_dataset(trained.run), trained.run.config)
    logs = validation.measure(
        lambda z, category: trained.generator(z, category).numpy()
    )
    assert logs["val_kid"] == pytest.approx(best, rel=1e-4)
    assert trained.val_kid == pytest.approx(best, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("die_after", [2, 5])
def test_a_killed_run_ends_with_the_weights_of_the_unbroken_one(
    gan_flags, gan_run_dir, tmp_path, monkeypatch, die_after
):
    class Dies(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            if self.steps == die_after:
                raise KeyboardInterrupt

    flags = [*gan_flags, f"--run_dir={tmp_path}", "--checkpoint_every_steps=1"]
    with monkeypatch.context() as patch:
        patch.setattr(gan_train, "CollapseMonitor", Dies)
        with pytest.raises(KeyboardInterrupt):
            task.main(flags)
    task.main(flags)
    expected, found = checkpointed(gan_run_dir), checkpointed(tmp_path)
    assert expected.keys() == found.keys()
    parts = {name.split("/")[0] for name in found}
    assert {"generator", "discriminator", "drawing", "optimizers"} <= parts
    for name, values in expected.items():
        # Alike but for the last bit of a sum.
        np.testing.assert_allclose(
            values, found[name], rtol=1e-5, atol=1e-9, err_msg=name
        )


@pytest.mark.slow
def test_training_ends_when_the_seconds_are_over(gan_flags, tmp_path, caplog):
    caplog.set_level("INFO")
    flags = [*gan_flags, f"--run_dir={tmp_path}"]
    task.main([*flags, "--max_seconds=0.000001"])
    rows = json_files.read_json_lines(str(tmp_path), run_artifacts.HISTORY)
    # The first step of a process does not count, the second is over.
    assert [row["step"] for row in rows] == [2]
    assert load_trained_gan(str(tmp_path)).z_dim == 3
    task.main([*flags, "--max_seconds=0.000001"])
    assert (
        "has already taken 2 steps within --max_seconds 1e-06; nothing to do"
        in caplog.text
    )
    task.main([*flags, "--steps=3"])
    rows = json_files.read_json_lines(str(tmp_path), run_artifacts.HISTORY)
    assert [row["step"] for row in rows] == [3]


def test_a_finished_run_is_left_as_it_is(
    gan_flags, gan_run_dir, tmp_path, caplog
):
    caplog.set_level("INFO")
    shutil.copytree(gan_run_dir, tmp_path / "run")
    task.main([*gan_flags, f"--run_dir={tmp_path}/run"])
    assert "nothing to do" in caplog.text


def test_a_generator_of_cuts_is_written_into_the_run(
    gan_flags, tmp_path, monkeypatch
):
    """On gray images of the made data set instead of its cuts."""
    gray = np.random.default_rng(0).integers(0, 256, (82, 8, 8), np.uint8)
    monkeypatch.setattr(
        dataset_module,
        "load_gray_cuts",
        lambda *_: (np.arange(82) % 9 > 0, GrayCuts(gray)),
    )
    run_dir = f"{tmp_path}/run"
    flags = ["--preset=cuts", "--steps=3", f"--run_dir={run_dir}"]
    task.main([*gan_flags, *flags, "--generator=cut", "--z_dim=4"])
    loaded = load_cut_generator(f"{run_dir}/cut_generator.npz")
    trained = load_trained_gan(run_dir)
    assert loaded.categories == trained.categories == ["hat", "shoe"]
    assert loaded.val_kid == trained.val_kid
    z, category = np.ones((2, 4), np.float32), np.array([0, 1])
    np.testing.assert_allclose(
        loaded.generator(z, category), trained.generator(z, category), atol=0.02
    )
    dataset = dataset_module.load_gan_dataset(trained.run)
    kept = np.sort(np.concatenate([dataset.train, dataset.held_out]))
    np.testing.assert_array_equal(kept, np.flatnonzero(np.arange(82) % 9))


def test_numbers_that_are_lost_stop_the_run(gan_flags, tmp_path, eagerly):
    with pytest.raises(UserError, match="_loss is nan at step 2; lower --lear"):
        task.main([*gan_flags, f"--run_dir={tmp_path}", "--learning_rate=1e30"])
    assert not list(tmp_path.rglob("best/*.index"))


def test_a_run_of_another_kind_is_one_sentence(gan_run_dir, run_dir, gan_flags):
    for command in (
        lambda: Run.load(run_dir, GanConfig),
        lambda: load_trained_gan(run_dir),
        lambda: task.main([*gan_flags, f"--run_dir={run_dir}"]),
    ):
        with pytest.raises(UserError) as error:
            command()
        assert str(error.value) == (
            f"{run_dir} is a run of `trainer.task recommender`, but a run of "
            "`trainer.task gan` is required; give another folder"
        )
    with pytest.raises(UserError, match=r"is a run of `trainer\.task gan`"):
        task.main(["evaluate", f"--run_dir={gan_run_dir}"])


def test_a_run_without_a_snapshot_is_one_sentence(start_run, tmp_path):
    start_run(tmp_path)
    with pytest.raises(UserError, match="train the run up to its first snap"):
        load_trained_gan(str(tmp_path))


def test_weights_of_other_networks_are_one_sentence(gan_run_dir, tmp_path):
    shutil.copytree(gan_run_dir, tmp_path / "run")
    run = tmp_path / "run" / "run.json"
    run.write_text(
        run.read_text().replace('"generator_width": 2', '"generator_width": 3')
    )
    with pytest.raises(UserError, match="do not match the networks"):
        load_trained_gan(str(tmp_path / "run"))


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--z_dim=4"], "started with --z_dim 3, but now it is 4"),
        (
            ["--steps=4"],
            "--steps 4 with --snapshot_every 3: --steps must",
        ),
        (
            ["--batch_size=5"],
            "--batch_size must be a multiple of 2 (at least 2 on each of 1 "
            "devices), got 5",
        ),
        (["--categories=cap"], "--categories names 'cap', which has 0 images"),
        (["--data_dir=nowhere"], "nowhere holds no manifest.json"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(
    gan_flags, gan_run_dir, tmp_path, flags, words
):
    of_this_run = "--z_dim=4" in flags
    run_dir = gan_run_dir if of_this_run else tmp_path
    with pytest.raises(UserError) as error:
        task.main([*gan_flags, f"--run_dir={run_dir}", *flags])
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "networks",
    [
        # With its random mixes, which nothing trains.
        ["--discriminator=projected"],
        # Without a moving average.
        ["--generator=paper", "--ema_decay=0"],
    ],
)
def test_networks_are_loaded_as_they_were(
    gan_flags, tmp_path, monkeypatch, networks
):
    monkeypatch.setattr(projected_discriminator, "SIDES", (32, 32))
    trainings = []

    class Seen(gan_train.GanTrainer):
        def __init__(self, *args):
            super().__init__(*args)
            trainings.append(self)

    monkeypatch.setattr(gan_train, "GanTrainer", Seen)
    task.main([*gan_flags, f"--run_dir={tmp_path}", "--steps=3", *networks])
    trained = load_trained_gan(str(tmp_path))
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32)
    category = np.array([0, 1, 1, 0])
    np.testing.assert_allclose(
        trained.discriminator(images, category),
        trainings[0].discriminator(images, category),
        rtol=1e-4,
        atol=1e-5,
    )
    z = rng.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(
        trained.generator(z, category),
        trainings[0].draw(z, category),
        atol=1e-5,
    )
