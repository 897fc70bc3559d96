"""Checkpoints that a full disk or a broken copy has damaged."""

import os

import keras
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training import checkpoints
from trainer.training.checkpoints import Checkpoints
from trainer.training.checkpoints import DamagedCheckpointError
from trainer.training.checkpoints import find_checkpoints

DATA = "data-00000-of-00001"


def make(run_dir, **items):
    """Returns a model of ones, and its checkpoints."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8)])
    model.set_weights([weight * 0 + 1 for weight in model.get_weights()])
    return model, Checkpoints(str(run_dir), model=model, **items)


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


@pytest.fixture
def run_dir(tmp_path):
    """A run with the checkpoints of steps 1 and 2, and the best of step 2."""
    model, saved = make(tmp_path)
    for step in (1, 2):
        model.set_weights([weight * 0 + step for weight in model.get_weights()])
        saved.count_step()
        saved.end_epoch(step)
    return tmp_path


def test_the_newest_is_resumed_from(run_dir):
    model, saved = make(run_dir)
    assert saved.resume() == 2
    assert model.get_weights()[0][0, 0] == 2


def test_a_training_with_more_to_save_is_not_resumed(tmp_path):
    """As that of the streams whose BPR took negatives from the batch."""
    _, saved = make(tmp_path, frequency=[tf.Variable(0.0)])
    saved.count_step()
    saved.save()
    with pytest.raises(UserError, match=r"ckpt-1 .* holds 'frequency', which"):
        make(tmp_path)[1].resume()


@pytest.mark.parametrize("damage", [cut, os.remove])
@pytest.mark.parametrize("suffix", [DATA, "index"])
def test_a_damaged_one_falls_back_to_the_one_before(
    run_dir, caplog, damage, suffix
):
    damage(run_dir / "checkpoints" / f"ckpt-2.{suffix}")
    model, saved = make(run_dir)
    assert saved.resume() == 1
    assert model.get_weights()[0][0, 0] == 1
    if (damage, suffix) != (os.remove, "index"):  # Then there is no other.
        [line] = caplog.messages
        assert f"{run_dir}/checkpoints/ckpt-2 is damaged" in line
        assert "\n" not in line


def test_the_list_of_checkpoints_may_be_damaged_too(run_dir):
    cut(run_dir / "checkpoints" / "checkpoint")
    assert make(run_dir)[1].resume() == 2


def test_without_a_sound_one_it_is_one_sentence(run_dir):
    for path in run_dir.glob(f"checkpoints/*.{DATA}"):
        cut(path)
    assert make(run_dir)[1].resume() == 2  # From the best one.
    cut(run_dir / "best" / f"ckpt-2.{DATA}")
    with pytest.raises(UserError, match="all checkpoints of .* are damaged"):
        make(run_dir)[1].resume()


def test_checkpoints_without_an_index_are_not_a_new_run(run_dir):
    for path in run_dir.glob("*/*.index"):
        path.unlink()
    with pytest.raises(UserError, match="all checkpoints of .* are damaged"):
        make(run_dir)[1].resume()


def test_an_unreachable_file_is_not_damage(run_dir, monkeypatch):
    def read_bytes(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(checkpoints.files, "read_bytes", read_bytes)
    with pytest.raises(PermissionError):
        make(run_dir)[1].resume()


def test_a_damaged_best_one_is_one_sentence(run_dir):
    cut(run_dir / "best" / f"ckpt-2.{DATA}")
    model, saved = make(run_dir)
    with pytest.raises(DamagedCheckpointError, match="best/ckpt-2 is damaged"):
        saved.restore_best(model)


def test_they_are_found_newest_first(tmp_path):
    folder = tmp_path / "best"
    folder.mkdir()
    for step in (9, 10, 8):
        (folder / f"ckpt-{step}.index").touch()
    (folder / "other-11.index").touch()
    assert find_checkpoints(str(tmp_path), "best") == [
        f"{folder}/ckpt-{step}" for step in (10, 9, 8)
    ]
    assert find_checkpoints(str(tmp_path), "checkpoints") == []
