"""The commands: `recommender` and `evaluate`."""

import json
import os
import pathlib
import runpy
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from atelier.cli.run_command import run_command
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer import task
from trainer.data.interactions import load_interactions
from trainer.models.backbones import BACKBONES
from trainer.recommender.config import RecommenderConfig
from trainer.training import callbacks
from trainer.training.callbacks import read_cpu_seconds
from trainer.training.embedding_projector import CONFIG
from trainer.training.run import Run

EPOCHS = 3
STEPS = EPOCHS * (8 * 7 // 16)


def last_step(run_dir):
    path = tf.train.latest_checkpoint(str(run_dir / "checkpoints"))
    return int(path.rpartition("-")[2]) if path else 0


def test_the_model_beats_chance_and_popularity_on_cold_items(run_dir):
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)
    models = metrics["models"]
    assert set(models) == {
        "random",
        "popularity",
        "two_tower",
        "two_tower_fold_in",
    }
    assert models["two_tower"]["all"]["auc"] > 0.65
    assert models["two_tower_fold_in"]["all"]["auc"] > 0.65
    assert models["popularity"]["all"]["auc"] <= 0.5
    # Nobody else took a test item: cold is all, and is not said again.
    assert metrics["identical_slices"] == {"all": ["cold", "unseen"]}
    assert list(models["two_tower"]) == ["all"]


def test_ranks_agree_with_the_metrics(run_dir, data_dir):
    rows = json_files.read_json_lines(run_dir, run_artifacts.RANKS)
    result = load_interactions(data_dir)
    assert [row["user_id"] for row in rows] == result.user_ids
    assert [row["item_id"] for row in rows] == [
        result.item_ids[item] for _, item in result.test
    ]
    aucs = [1 - (row["rank"] - 1) / (row["num_candidates"] - 1) for row in rows]
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)["models"]
    assert metrics["two_tower"]["all"]["auc"] == pytest.approx(np.mean(aucs))


def test_history_has_each_epoch_and_tensorboard_its_logs(run_dir):
    rows = json_files.read_json_lines(run_dir, run_artifacts.HISTORY)
    assert [row["epoch"] for row in rows] == list(range(1, EPOCHS + 1))
    assert set(rows[0]) == {
        "epoch",
        "loss",
        "bpr",
        "val_auc",
        "val_hr@10",
        "val_ndcg@10",
    }


def test_the_run_records_its_cpu_time(run_dir):
    stored = json_files.read_json(run_dir, run_artifacts.TRAINING_TIME)
    assert stored["cpu_seconds"] == read_cpu_seconds(run_dir) > 0
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)
    assert metrics["cpu_minutes"]["two_tower"] == stored["cpu_seconds"] / 60


def test_tensorboard_is_shown_rates_input_stall_and_recommendations(run_dir):
    shown, pictures = (
        EventAccumulator(f"{run_dir}/logs/{name}", {"tensors": 0}).Reload()
        for name in ("train", "recommendations")
    )
    wait = [
        float(tf.make_ndarray(event.tensor_proto))
        for event in shown.Tensors("epoch_input_stall_fraction")
    ]
    assert len(wait) == EPOCHS
    assert all(0 < event < 1 for event in wait)
    for part in ("backbone", "towers"):
        rates = shown.Tensors(f"epoch_learning_rate_{part}")
        assert float(tf.make_ndarray(rates[0].tensor_proto)) == pytest.approx(
            0.003
        )
    assert len(pictures.Tensors("recommendations")) == EPOCHS


def test_the_configuration_stands_beside_the_checkpoints(run_dir, data_dir):
    run = json_files.read_json(run_dir, "run.json")
    assert run["config"]["batch_size"] == 16
    assert run["config"]["cnn_l2"] == 1e-3
    assert run["data_dir"] == data_dir
    manifest = pathlib.Path(data_dir, paths.MANIFEST).read_text()
    assert run["content_hash"] == json.loads(manifest)["content_hash"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_metrics(run_dir, train_flags, tmp_path):
    """In a process of its own, as a user would run it again."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "trainer.task",
            *train_flags,
            f"--run_dir={tmp_path}",
        ],
        check=True,
    )
    assert json_files.read_json_lines(
        str(tmp_path), run_artifacts.HISTORY
    ) == json_files.read_json_lines(run_dir, run_artifacts.HISTORY)


@pytest.mark.slow
def test_a_killed_trainer_goes_on_and_ends_at_the_same_step(
    run_dir, train_flags, tmp_path
):
    command = [
        sys.executable,
        "-m",
        "trainer.task",
        *train_flags,
        f"--run_dir={tmp_path}",
        "--checkpoint_every_steps=1",
    ]
    # Starting from another seed or step would show in the history.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while last_step(tmp_path) < 2 and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    killed_at = last_step(tmp_path)
    assert 2 <= killed_at < STEPS
    finished = subprocess.run(
        command, check=True, capture_output=True, text=True
    )
    assert f"resuming from step {killed_at} of {STEPS}" in finished.stderr
    assert last_step(tmp_path) == STEPS
    assert json_files.read_json_lines(
        str(tmp_path), run_artifacts.HISTORY
    ) == json_files.read_json_lines(run_dir, run_artifacts.HISTORY)


@pytest.mark.slow
def test_dropout_goes_on_where_it_was(
    train_flags, tmp_path, monkeypatch, eagerly
):
    def dropping(image_size):
        images = keras.Input((image_size, image_size, 3))
        x = keras.layers.Dense(4, activation="relu")(
            keras.layers.Flatten()(images)
        )
        return keras.Model(
            images, keras.layers.Dropout(0.5)(x), name="dropping"
        )

    monkeypatch.setitem(BACKBONES, "dropping", dropping)
    flags = [
        *train_flags,
        "--backbone=dropping",
        "--epochs=1",
        "--checkpoint_every_steps=1",
    ]
    task.main([*flags, f"--run_dir={tmp_path}/unbroken"])

    class Dies(callbacks.JsonlLogger):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "JsonlLogger", Dies)
        with pytest.raises(KeyboardInterrupt):
            task.main([*flags, f"--run_dir={tmp_path}/killed"])
    assert last_step(tmp_path / "killed") == 1
    task.main([*flags, f"--run_dir={tmp_path}/killed"])
    unbroken, killed = (
        json_files.read_json_lines(f"{tmp_path}/{name}", run_artifacts.HISTORY)
        for name in ("unbroken", "killed")
    )
    assert unbroken == killed


def test_flags_bind_a_run_from_its_first_checkpoint_on(
    train_flags, tmp_path, eagerly
):
    flags = [*train_flags, f"--run_dir={tmp_path}", "--epochs=1"]
    data_dir = train_flags[1].partition("=")[2]
    Run.start(str(tmp_path), data_dir, RecommenderConfig(seed=5))
    task.main(flags)  # Of that other one nothing is trained.
    with pytest.raises(UserError, match="with --seed 0, but now it is 1;"):
        task.main([*flags, "--seed=1"])


def test_training_on_removes_the_metrics_of_before(
    run_dir, train_flags, tmp_path, eagerly
):
    path = str(tmp_path / "run")
    shutil.copytree(run_dir, path)
    for name in (*run_artifacts.OF_EVALUATION, CONFIG):
        assert json_files.exists(path, name)
    # Options that do not change the weights may change as well.
    task.main(
        [*train_flags, f"--run_dir={path}", f"--epochs={EPOCHS + 1}",
         "--image_cache_mb=1", "--checkpoint_every_steps=9"]
    )  # fmt: skip
    for name in (*run_artifacts.OF_EVALUATION, CONFIG):
        assert not json_files.exists(path, name)


def test_data_that_were_prepared_anew_are_noticed(run_dir, data_dir, tmp_path):
    shutil.copytree(run_dir, tmp_path / "run")
    shutil.copytree(data_dir, tmp_path / "data")
    run = tmp_path / "run" / "run.json"
    run.write_text(run.read_text().replace(data_dir, str(tmp_path / "data")))
    evaluate = ["evaluate", f"--run_dir={tmp_path}/run", "--baselines=random"]
    task.main(evaluate)
    manifest = tmp_path / "data" / paths.MANIFEST
    content_hash = json.loads(manifest.read_text())["content_hash"]
    manifest.write_text(manifest.read_text().replace(content_hash, "other"))
    with pytest.raises(UserError, match="no longer the data set that .* was"):
        task.main(evaluate)


@pytest.mark.parametrize("text", ["{", '{"config": {"colour": 1}}'])
def test_a_broken_run_is_one_sentence(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UserError, match="is not valid JSON|another version"):
        task.main(["evaluate", f"--run_dir={tmp_path}"])


def test_a_finished_run_is_left_as_it_is(
    run_dir, train_flags, tmp_path, caplog
):
    caplog.set_level("INFO")
    shutil.copytree(run_dir, tmp_path / "run")
    task.main([*train_flags, f"--run_dir={tmp_path}/run"])
    assert last_step(tmp_path / "run") == STEPS
    assert "nothing to do" in caplog.text


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ["--embedding_dim=9"],
            "started with --embedding_dim 8, but now",
        ),
        (
            ["--backbone=resnet"],
            "--backbone is one of cnn_f, efficientnet_lite0, s",
        ),
        (
            ["--seed=4294967296"],
            "--seed must be at most 4294967295, got 4294967296",
        ),
        (["--epochs=0"], "--epochs must be at least 1, got 0"),
        (["--user_l2=-1"], "--user_l2 must be at least 0, got -1"),
        (
            ["--user_tower=history"],
            "--user_tower history with --positiv",
        ),
        (
            ["--frozen_stages=9"],
            "started with --frozen_stages 0, but now",
        ),
        (["--data_dir=nowhere"], "nowhere holds no manifest.json"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(run_dir, train_flags, flags, words):
    with pytest.raises(UserError) as error:
        task.main([*train_flags, f"--run_dir={run_dir}", *flags])
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_evaluating_no_run_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"holds no run\.json"):
        task.main(["evaluate", f"--run_dir={tmp_path}"])


def test_a_run_dir_that_is_a_file_is_a_line(train_flags, tmp_path, monkeypatch):
    (tmp_path / "run").write_text("mine")
    flags = [*train_flags, f"--run_dir={tmp_path}/run"]
    monkeypatch.setattr(sys, "argv", ["task", *flags])
    with pytest.raises(SystemExit) as stopped:
        run_command(task.main)
    assert stopped.value.code.startswith("error: ")
    assert "\n" not in stopped.value.code


def test_a_user_error_ends_the_module(tmp_path, monkeypatch):
    """As `python -m` runs it, in this process."""
    monkeypatch.setattr(
        sys, "argv", ["task", "evaluate", f"--run_dir={tmp_path}"]
    )
    with (
        pytest.warns(RuntimeWarning, match="found in sys.modules"),
        pytest.raises(SystemExit, match=r"error: .* holds no run\.json"),
    ):
        runpy.run_module("trainer.task", run_name="__main__")


@pytest.mark.slow
def test_a_user_error_is_a_line_and_no_traceback(tmp_path, our_lines):
    """In a process: exit status and standard error are those of the command."""
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "trainer.task",
            "evaluate",
            f"--run_dir={tmp_path}",
        ],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 1
    (line,) = our_lines(finished.stderr)
    assert line.startswith("error: ")
