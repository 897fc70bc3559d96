"""Steps that a coordinator has run, by workers of a stub."""

import contextlib
import types

import pytest
import tensorflow as tf

from trainer.training import step_runner as step_running
from trainer.training.step_runner import _CoordinatedSteps


class Coordinator:
    """Runs scheduled steps at the next `join`, as one worker would."""

    def __init__(self, strategy):
        self.waiting = []
        self.joined = []

    def create_per_worker_dataset(self, open_stream):
        return open_stream()

    def schedule(self, step, args):
        self.waiting.append((step, args))

    def join(self):
        self.joined.append(len(self.waiting))
        for step, args in self.waiting:
            step(*args)
        self.waiting.clear()


@pytest.fixture
def steps(monkeypatch):
    """A runner of 100 steps, and the batches that its steps got."""
    got = []
    strategy = types.SimpleNamespace(
        scope=contextlib.nullcontext,
        run=lambda step, args: step(*args),
    )
    monkeypatch.setattr(
        tf.distribute.coordinator, "ClusterCoordinator", Coordinator
    )
    monkeypatch.setattr(step_running, "count_workers", lambda: 2)
    runner = _CoordinatedSteps(strategy, lambda batch: got.append(batch), 100)
    monkeypatch.setattr(
        runner, "_run", lambda batches: strategy.run(
            runner._train_step, args=(next(batches),)
        )
    )  # fmt: skip
    return runner, got


def test_steps_are_run_at_the_latest_when_they_are_waited_for(steps):
    runner, got = steps
    opened = []

    def batches_from(step):
        opened.append(int(step))
        return tf.data.Dataset.range(10_000)

    runner.start(batches_from, first_step=3)
    for _ in range(20):
        runner.step()
    # Sixteen may wait for a worker.
    assert len(got) == 16
    runner.wait()
    assert list(map(int, got)) == list(range(20))
    runner.start(batches_from, first_step=3)
    runner.step()
    runner.wait()
    assert int(got[-1]) == 20, "workers go on with their streams"
    assert opened == [(3 + 1) * 100]
    assert runner.input_stall == 0
