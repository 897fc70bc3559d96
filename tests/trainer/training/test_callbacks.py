"""CPU time of a run in several starts."""

import pytest

from trainer.training import callbacks
from trainer.training.callbacks import CpuTimer
from trainer.training.callbacks import read_cpu_seconds


def test_a_resumed_run_adds_to_its_time(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(callbacks.time, "process_time", lambda: now)
    run_dir = str(tmp_path)
    assert read_cpu_seconds(run_dir) == 0
    timer = CpuTimer(run_dir)
    now = 107.0
    timer.on_epoch_end(0)
    # Another process, whose clock starts anew.
    now = 2.0
    timer = CpuTimer(run_dir)
    assert read_cpu_seconds(run_dir) == 7
    now = 5.0
    timer.on_epoch_end(1)
    assert read_cpu_seconds(run_dir) == pytest.approx(10)
