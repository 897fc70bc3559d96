"""Running of training steps, by this process or by workers it directs."""

from collections.abc import Callable
from typing import Any
from typing import Protocol

import tensorflow as tf

from trainer.training.cluster import count_workers
from trainer.training.input_stall import InputStallTimer

_PENDING_PER_WORKER = 16
"""Steps that may wait for a worker: after SIGTERM there are seconds for them.
TensorFlow would let 256 wait."""

BatchesFrom = Callable[[Any], tf.data.Dataset]
"""Returns the infinite dataset of batches from a step, an int or a tensor."""


class StepRunner(Protocol):
    """Protocol of the ways to run steps."""

    @property
    def input_stall(self) -> float:
        """Fraction of the time since `start` that steps waited for data."""

    def start(self, batches_from: BatchesFrom, first_step: int) -> None:
        """Opens the input of an epoch, or of its rest."""

    def step(self) -> None:
        """Runs a step, or has it run."""

    def wait(self) -> None:
        """Waits for all steps so far."""


def step_runner(
    strategy: tf.distribute.Strategy,
    train_step: Callable[[Any], None],
    steps: int,
) -> StepRunner:
    """Returns the runner of steps for a strategy.

    Args:
        strategy: Distribution strategy.
        train_step: Training step on the part of a batch of one replica.
        steps: Number of steps of the whole training.
    """
    if isinstance(strategy, tf.distribute.ParameterServerStrategy):
        return _CoordinatedSteps(strategy, train_step, steps)
    return _SynchronousSteps(strategy, train_step)


class _SynchronousSteps:
    """Steps of all replicas together, one after the other."""

    def __init__(
        self,
        strategy: tf.distribute.Strategy,
        train_step: Callable[[Any], None],
    ) -> None:
        self._strategy = strategy
        self._train_step = train_step
        self._batches = InputStallTimer(iter(()))

    @property
    def input_stall(self) -> float:
        return self._batches.share()

    def start(self, batches_from: BatchesFrom, first_step: int) -> None:
        batches = self._strategy.experimental_distribute_dataset(
            batches_from(first_step)
        )
        self._batches = InputStallTimer(iter(batches))

    def step(self) -> None:
        self._run(next(self._batches))

    def wait(self) -> None:
        """Does nothing: steps are done when they return."""

    @tf.function(autograph=False)
    def _run(self, batch: Any) -> None:
        self._strategy.run(self._train_step, args=(batch,))


class _CoordinatedSteps:
    """Steps of workers, each at its own time, on parameter servers.

    A step that a worker was killed in is run by another one. Workers do not
    know their index, so a variable counts the streams that they open, and each
    starts where none has read: the order of the batches is a function of the
    step that a stream starts at. It differs with the time of the workers, and
    so do all results.
    """

    input_stall = 0.0  # Of workers it is not known.

    def __init__(
        self,
        strategy: tf.distribute.ParameterServerStrategy,
        train_step: Callable[[Any], None],
        steps: int,
    ) -> None:
        self._strategy = strategy
        self._coordinator = tf.distribute.coordinator.ClusterCoordinator(
            strategy
        )
        self._train_step = train_step
        self._steps = steps
        self._iterator: Any = None
        workers = count_workers() - 1  # The chief is counted.
        self._most_pending = _PENDING_PER_WORKER * workers
        self._pending = 0

    def start(self, batches_from: BatchesFrom, first_step: int) -> None:
        if self._iterator is not None:  # Workers go on with their streams.
            return
        with self._strategy.scope():
            streams = tf.Variable(first_step, dtype=tf.int64, trainable=False)

        def open_stream() -> tf.data.Dataset:
            return batches_from(streams.assign_add(1) * self._steps)

        self._iterator = iter(
            self._coordinator.create_per_worker_dataset(open_stream)
        )

    def step(self) -> None:
        if self._pending == self._most_pending:
            self.wait()
        self._coordinator.schedule(self._run, args=(self._iterator,))
        self._pending += 1

    def wait(self) -> None:
        self._coordinator.join()
        self._pending = 0

    @tf.function(autograph=False)
    def _run(self, batches: Any) -> None:
        self._strategy.run(self._train_step, args=(next(batches),))
