import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.design.gradient_ascent import adam_ascent

STEEPNESS = np.array([1.0, 10.0, 0.1], np.float32)


def hill(points, step):
    return -tf.reduce_sum(STEEPNESS * (points - 1.0) ** 2, axis=1)


def start():
    return tf.constant(np.random.default_rng(0).normal(size=(4, 3)), tf.float32)


def test_it_takes_the_steps_of_adam():
    variable = tf.Variable(start())
    optimizer = keras.optimizers.Adam(0.05, epsilon=1e-8)
    for _ in range(7):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_sum(hill(variable, 0))
        optimizer.apply_gradients([(tape.gradient(loss, variable), variable)])
    result = adam_ascent(hill, start(), 7, 0.05).numpy()
    assert result == pytest.approx(variable.numpy(), abs=1e-6)


def test_it_reaches_the_top():
    result = tf.function(adam_ascent)(hill, start(), 400, 0.05).numpy()
    assert result == pytest.approx(np.ones((4, 3)), abs=1e-2)


def test_no_steps_stay_at_the_start():
    assert np.array_equal(adam_ascent(hill, start(), 0, 0.05), start())


def test_a_row_climbs_as_it_does_alone():
    together = adam_ascent(hill, start(), 9, 0.05)
    alone = adam_ascent(hill, start()[2:3], 9, 0.05)
    assert np.array_equal(together[2:3], alone)


def test_the_objective_receives_the_step():
    """A slope that turns at step 3: up three times, then down."""

    def turning(points, step):
        sign = tf.where(step < 3, 1.0, -1.0)
        return sign * tf.reduce_sum(points, axis=1)

    heights = [
        float(adam_ascent(turning, tf.zeros([1, 1]), steps, 0.1)[0, 0])
        for steps in (3, 40)
    ]
    assert heights[0] == pytest.approx(0.3, rel=1e-5)
    assert heights[1] < 0


def test_a_graph_finds_the_same_with_stock_ops_only():
    function = tf.function(lambda points: adam_ascent(hill, points, 5, 0.05))
    concrete = function.get_concrete_function(start())
    assert np.allclose(concrete(start()), adam_ascent(hill, start(), 5, 0.05))
    graph = concrete.graph.as_graph_def()
    names = {node.op for node in graph.node}
    for body in graph.library.function:
        names |= {node.op for node in body.node_def}
    assert names & {"While", "StatelessWhile"}
    assert not names & {"PyFunc", "EagerPyFunc", "PyFuncStateless"}
