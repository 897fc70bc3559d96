"""The process of a trial, with a script in place of the trainer."""

import contextlib
import json
import time

import pytest

from trainer.tuning.trial_runner import LOG
from trainer.tuning.trial_runner import TrialError
from trainer.tuning.trial_runner import train_apart

SCRIPT = """
import json, signal, sys, time

run_dir, epochs, code = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("saved") or 143))
rows = []
for epoch in range(epochs):
    rows.append(json.dumps({"epoch": epoch + 1, "val_auc": 0.5 + epoch / 10}))
    with open(run_dir + "/history.jsonl", "w") as file:
        file.write("\\n".join(rows) + "\\n")
print("at the end")
time.sleep(60 if code < 0 else 0)
sys.exit(code)
"""


@pytest.fixture
def train(tmp_path, monkeypatch):
    (tmp_path / "made_trainer.py").write_text(SCRIPT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def start(epochs, code):
        flags = [str(tmp_path), str(epochs), str(code)]
        return train_apart("made_trainer", flags, str(tmp_path), "val_auc")

    return start


@pytest.mark.compat
def test_the_metric_of_each_epoch_comes_once(train, tmp_path):
    assert list(train(3, 0)) == [0.5, 0.6, 0.7]
    assert (tmp_path / LOG).read_text() == "at the end\n"


def test_epochs_of_before_a_restart_come_too(train, tmp_path):
    row = {"epoch": 1, "val_auc": 0.4}
    (tmp_path / "history.jsonl").write_text(json.dumps(row) + "\n")
    assert next(train(0, 0)) == 0.4


def test_a_trial_that_is_broken_off_saves(train, tmp_path):
    with contextlib.closing(train(2, -1)) as metrics:
        assert [next(metrics), next(metrics)] == [0.5, 0.6]
        while "at the end" not in (tmp_path / LOG).read_text():
            time.sleep(0.01)
    assert (tmp_path / LOG).read_text().endswith("saved\n")


def test_the_last_line_of_a_trial_is_its_error(train):
    metrics = train(1, 3)
    assert next(metrics) == 0.5
    with pytest.raises(TrialError, match="at the end"):
        next(metrics)
