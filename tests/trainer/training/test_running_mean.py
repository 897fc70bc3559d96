"""Running mean, against that of Keras, and updated by several threads."""

import concurrent.futures

import keras
import numpy as np
import pytest

from trainer.training.running_mean import RunningMean

UPDATES = 2000


def test_it_is_the_mean_of_keras():
    mean, expected = RunningMean(name="loss"), keras.metrics.Mean()
    for values in (np.float32(0.5), np.array([1.0, 4.0, 2.5], np.float32)):
        mean.update_state(values)
        expected.update_state(values)
    assert float(mean.result()) == pytest.approx(float(expected.result()))
    mean.reset_state()
    assert float(mean.result()) == 0


@pytest.mark.slow
def test_no_update_of_several_threads_is_lost():
    mean = RunningMean()
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        for _ in range(UPDATES):
            threads.submit(mean.update_state, 3.0)
    assert float(mean.count) == UPDATES
    assert float(mean.total) == 3 * UPDATES
