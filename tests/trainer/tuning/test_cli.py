"""The command, with the real trainer in this process."""

import importlib.util
import os
import signal

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from trainer import task
from trainer.training.preemption import EXIT_CODE
from trainer.tuning import cli as command

SEARCH = "--search=learning_rate=1e-7|3e-3"


@pytest.fixture(autouse=True)
def _handlers():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def in_this_process(monkeypatch):
    """Trains a trial here, and tells of its epochs afterwards."""

    def train(module, flags, run_dir, metric):
        task.main(flags)
        rows = json_files.read_json_lines(run_dir, run_artifacts.HISTORY)
        return (row[metric] for row in rows)

    monkeypatch.setattr(command, "train_apart", train)


@pytest.fixture
def flags(train_flags, tmp_path):
    return ["tune", *train_flags[1:5], f"--run_dir={tmp_path}/search"]


@pytest.mark.slow
def test_the_better_of_two_is_found_and_printed(
    in_this_process, flags, capsys, tmp_path, eagerly
):
    task.main([*flags, "--epochs=1", SEARCH, "--trials=2"])
    (study,) = optuna.study.get_all_study_summaries(
        JournalStorage(JournalFileBackend(f"{tmp_path}/search/optuna.journal"))
    )
    assert study.n_trials == 2
    assert study.best_trial.params == {"learning_rate": 3e-3}
    said = capsys.readouterr().out.splitlines()
    assert "--batch_size=16" in said[-2]
    assert "--learning_rate=0.003" in said[-2]
    number = study.best_trial.user_attrs["number"]
    assert said[-1].endswith(
        f"evaluate --run_dir {tmp_path}/search/trials/{number}"
    )


def test_a_fixed_flag_may_need_a_varied_one(flags, monkeypatch, capsys):
    monkeypatch.setattr(
        command, "train_apart", lambda *_: (metric for metric in [0.5])
    )
    task.main(
        [*flags, "--negatives=in_batch", "--search=positives_per_image=1|2"]
    )
    assert "--negatives=in_batch" in capsys.readouterr().out


def test_a_search_that_is_asked_to_end_ends_its_trial(
    flags, monkeypatch, caplog
):
    ended = []

    def train(module, flags, run_dir, metric):
        try:
            yield 0.5
            os.kill(os.getpid(), signal.SIGTERM)
            yield 0.6
        finally:
            ended.append(run_dir)

    monkeypatch.setattr(command, "train_apart", train)
    with pytest.raises(SystemExit) as caught:
        task.main([*flags, SEARCH])
    assert caught.value.code == EXIT_CODE
    assert [one.rpartition("/")[2] for one in ended] == ["1"]
    assert "the same command resumes" in caplog.text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--search=speed=1..2"], "no flag for"),
        ([SEARCH, "--learning_rate=1"], "which --learning_rate fixes"),
        ([SEARCH, "--trials=0"], "--trials must be at least 1"),
        ([SEARCH, "--epochs=0"], "--epochs must be at least 1"),
        ([SEARCH, "--data_dir=/nowhere"], "/nowhere"),
    ],
)
def test_errors_are_raised_before_anything_is_trained(flags, more, said):
    with pytest.raises(UserError) as caught:
        task.main([*flags, *more])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_optuna_the_extra_is_named(flags, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="its extra `tuning`"):
        task.main([*flags, SEARCH])
