"""The loop on a model small enough to see every weight."""

import dataclasses
import os
import signal
from typing import ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions

SCHEDULE = LoopOptions(
    epochs=4, steps_per_epoch=5, checkpoint_every_steps=2, best_metric="val_auc"
)
SCORES = [0.5, 0.9, 0.7, 0.8]

# Twenty steps of one weight take less time than a trace of one. Other files
# train in graphs, and here the test of what callbacks see.
pytestmark = pytest.mark.usefixtures("eagerly")


class Line:
    """Fits y = wx by Adam; validation says what `SCORES` say."""

    die_in_epoch = None

    def __init__(self):
        self.model = keras.Sequential(
            [keras.Input((1,)), keras.layers.Dense(1, use_bias=False)]
        )
        self.model.set_weights([np.zeros((1, 1))])
        self.optimizer = keras.optimizers.Adam(0.1)
        self.optimizer.build(self.model.trainable_variables)
        self.model.compile(optimizer=self.optimizer)
        self.metrics = {"loss": keras.metrics.Mean(name="loss")}
        self.checkpoint_items = {
            "model": self.model,
            "optimizer": self.optimizer,
        }

    def train_step(self, batch):
        variables = [
            variable.value for variable in self.model.trainable_variables
        ]
        with tf.GradientTape() as tape:
            error = self.model(batch[:, None])[:, 0] - 3 * batch
            loss = tf.reduce_mean(error**2)
        self.optimizer.apply(tape.gradient(loss, variables))
        self.metrics["loss"].update_state(loss)

    def evaluate(self):
        epoch = int(self.optimizer.iterations) // SCHEDULE.steps_per_epoch
        if epoch == self.die_in_epoch:
            raise KeyboardInterrupt
        return {"val_auc": SCORES[epoch - 1]}

    @property
    def weight(self):
        return float(self.model.get_weights()[0][0, 0])


class Record(keras.callbacks.Callback):
    """Keeps the logs of each epoch; dies after a given number of steps."""

    def __init__(self, die_after=None):
        super().__init__()
        self.die_after = die_after
        self.steps = 0
        self.epochs = {}

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == self.die_after:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        self.epochs[epoch] = dict(logs)


def batches_from(first_step):
    return tf.data.Dataset.range(first_step, tf.int64.max).map(
        lambda step: tf.random.stateless_uniform([8], tf.stack([step, 0]))
    )


def make(run_dir, schedule=SCHEDULE):
    line = Line()
    loop = TrainingLoop(
        line, schedule, str(run_dir), tf.distribute.get_strategy()
    )
    return line, loop


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory, eager):
    """A run that was not interrupted, and its folder; tests only read it."""
    run_dir = tmp_path_factory.mktemp("unbroken")
    line, loop = make(run_dir)
    assert loop.resume() == 0
    record = Record()
    with eager():
        loop.run(batches_from, [record], verbose=0)
    return line, record, run_dir


def test_trains_all_steps_and_evaluates_each_epoch(unbroken):
    line, record, _ = unbroken
    assert record.steps == SCHEDULE.steps == int(line.optimizer.iterations)
    assert [record.epochs[e]["val_auc"] for e in range(4)] == SCORES
    losses = [record.epochs[epoch]["loss"] for epoch in range(4)]
    assert losses == sorted(losses, reverse=True)


def test_the_loss_of_an_epoch_is_that_of_its_steps(tmp_path, monkeypatch):
    line, loop = make(tmp_path)
    metric, losses = line.metrics["loss"], []
    update_state = metric.update_state

    def update(loss):
        losses.append(float(loss))
        update_state(loss)

    monkeypatch.setattr(metric, "update_state", update)
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    means = np.reshape(losses, (4, 5)).mean(axis=1)
    result = [record.epochs[epoch]["loss"] for epoch in range(4)]
    assert result == pytest.approx(means.tolist(), rel=1e-5)


def test_callbacks_see_the_running_metrics_now_and_then(tmp_path):
    class Watch(Record):
        seen: ClassVar[list] = []

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            if logs:
                self.seen.append((batch, logs["loss"]))

    schedule = dataclasses.replace(SCHEDULE, epochs=1, steps_per_epoch=25)
    line, loop = make(tmp_path, schedule)
    line.evaluate = lambda: {"val_auc": 0.5}
    tf.config.run_functions_eagerly(False)  # `eagerly` restores it.
    loop.run(batches_from, [Watch()], verbose=0)
    assert [batch for batch, _ in Watch.seen] == [9, 19]
    assert 0 < Watch.seen[1][1] < Watch.seen[0][1]


@pytest.mark.parametrize("die_after", [1, 7, 10, 19])
def test_a_killed_run_ends_where_the_unbroken_one_does(
    unbroken, tmp_path, die_after
):
    _, loop = make(tmp_path / "killed")
    with pytest.raises(KeyboardInterrupt):
        loop.run(batches_from, [Record(die_after)], verbose=0)

    line, loop = make(tmp_path / "killed")
    steps = loop.resume()
    # A checkpoint is written after the callbacks of its step.
    assert steps in (die_after - 1, die_after - 2)
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    assert steps + record.steps == SCHEDULE.steps
    assert line.weight == unbroken[0].weight
    for epoch, logs in record.epochs.items():
        assert logs == unbroken[1].epochs[epoch]


@pytest.mark.parametrize("epoch", [1, 4])
def test_a_run_killed_while_it_evaluates_evaluates_again(
    unbroken, tmp_path, epoch
):
    schedule = dataclasses.replace(SCHEDULE, checkpoint_every_steps=1)
    line, loop = make(tmp_path / "killed", schedule)
    line.die_in_epoch = epoch
    with pytest.raises(KeyboardInterrupt):
        loop.run(batches_from, [], verbose=0)

    line, loop = make(tmp_path / "killed", schedule)
    assert loop.resume() == 5 * epoch - 1
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    assert record.epochs[epoch - 1] == unbroken[1].epochs[epoch - 1]
    assert line.weight == unbroken[0].weight
    best = tf.train.latest_checkpoint(str(tmp_path / "killed" / "best"))
    assert best.endswith("-10")


def test_a_lost_model_stops_the_run_and_replaces_no_checkpoint(tmp_path):
    line, loop = make(tmp_path)

    def batches(first_step):
        return batches_from(first_step).map(
            lambda batch: batch if first_step else batch * float("nan")
        )

    with pytest.raises(UserError, match="loss is nan at step 2; lower --learn"):
        loop.run(batches, [], verbose=0)
    assert not list(tmp_path.rglob("*.index"))


def test_a_checkpoint_of_another_model_is_refused(unbroken):
    line = Line()
    line.checkpoint_items["more"] = [tf.Variable(1.0)]
    loop = TrainingLoop(
        line, SCHEDULE, str(unbroken[2]), tf.distribute.get_strategy()
    )
    with pytest.raises(UserError, match="another model than this code builds"):
        loop.resume()


def test_a_finished_run_trains_no_further(unbroken):
    line, loop = make(unbroken[2])
    assert loop.resume() == SCHEDULE.steps
    weight = line.weight
    loop.run(batches_from, [], verbose=0)
    assert line.weight == weight


def test_the_best_epoch_is_kept(unbroken):
    line = Line()
    path = tf.train.latest_checkpoint(str(unbroken[2] / "best"))
    tf.train.Checkpoint(**line.checkpoint_items).restore(path)
    assert int(line.optimizer.iterations) == 2 * SCHEDULE.steps_per_epoch


def test_a_callback_may_end_the_run_after_an_epoch(tmp_path):
    class Stops(Record):
        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.model.stop_training = epoch == 1

    _, loop = make(tmp_path)
    record = Stops()
    loop.run(batches_from, [record], verbose=0)
    assert record.steps == 2 * SCHEDULE.steps_per_epoch
    # That epoch is kept like any other, and a run may go on from it.
    _, loop = make(tmp_path)
    assert loop.resume() == 2 * SCHEDULE.steps_per_epoch


def test_the_least_value_may_be_the_best(tmp_path):
    schedule = dataclasses.replace(SCHEDULE, best_is_least=True)
    _, loop = make(tmp_path, schedule)
    loop.run(batches_from, [], verbose=0)
    best = tf.train.latest_checkpoint(str(tmp_path / "best"))
    assert best.endswith("-5")
    # A resumed run knows it.
    _, loop = make(tmp_path, dataclasses.replace(schedule, epochs=5))
    SCORES.append(0.6)
    try:
        loop.resume()
        loop.run(batches_from, [], verbose=0)
    finally:
        SCORES.pop()
    best = tf.train.latest_checkpoint(str(tmp_path / "best"))
    assert best.endswith("-5")


def test_a_callback_may_end_the_run_within_an_epoch(unbroken, tmp_path):
    class Stops(Record):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.model.stop_training = self.steps == 7

    _, loop = make(tmp_path)
    record = Stops()
    loop.run(batches_from, [record], verbose=0)
    # What was trained is evaluated and kept, and a run may go on from it.
    assert sorted(record.epochs) == [0, 1]
    line, loop = make(tmp_path)
    assert loop.resume() == 7
    loop.run(batches_from, [], verbose=0)
    assert line.weight == unbroken[0].weight


@pytest.mark.parametrize("after", [3, 5, 8])
def test_a_run_that_is_asked_to_end_saves_first(
    unbroken, tmp_path, after, caplog
):
    class Asks(Record):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            if self.steps == after:
                os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    _, loop = make(tmp_path)
    with pytest.raises(SystemExit) as error:
        loop.run(batches_from, [Asks()], verbose=0)
    assert error.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before
    # At the end of an epoch that is evaluated first, and a step later.
    steps = after + (after % SCHEDULE.steps_per_epoch == 0)
    assert f"saved at step {steps}" in caplog.text
    line, loop = make(tmp_path)
    assert loop.resume() == steps
    loop.run(batches_from, [], verbose=0)
    assert line.weight == unbroken[0].weight


def test_patience_ends_a_run_that_gets_no_better(tmp_path, caplog):
    caplog.set_level("INFO")
    schedule = dataclasses.replace(SCHEDULE, patience=1)
    _, loop = make(tmp_path, schedule)
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    # The best is that of the second epoch.
    assert sorted(record.epochs) == [0, 1, 2]
    _, loop = make(tmp_path, schedule)
    loop.resume()
    loop.run(batches_from, [record], verbose=0)
    assert "nothing to do" in caplog.text
    assert sorted(record.epochs) == [0, 1, 2]
    # With more of it the run goes on.
    _, loop = make(tmp_path, dataclasses.replace(schedule, patience=3))
    loop.resume()
    loop.run(batches_from, [record], verbose=0)
    assert sorted(record.epochs) == [0, 1, 2, 3]


def test_patience_counts_from_the_best_epoch(tmp_path):
    _, loop = make(tmp_path, dataclasses.replace(SCHEDULE, patience=2))
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    assert sorted(record.epochs) == [0, 1, 2, 3]


def test_a_run_takes_no_more_steps_than_allowed(unbroken, tmp_path):
    _, loop = make(tmp_path, dataclasses.replace(SCHEDULE, max_steps=7))
    record = Record()
    loop.run(batches_from, [record], verbose=0)
    assert record.steps == 7
    assert sorted(record.epochs) == [0, 1]
    line, loop = make(tmp_path)
    assert loop.resume() == 7
    loop.run(batches_from, [], verbose=0)
    assert line.weight == unbroken[0].weight
