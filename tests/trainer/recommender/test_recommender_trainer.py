"""Which rows of embedding tables a step reads and writes."""

import numpy as np
import pytest
import tensorflow as tf

TRIPLES = {"batch_size": 4, "user_l2": 0.5}
CANDIDATES = {
    "batch_size": 4,
    "positives_per_image": 2,
    "negatives": "mixed",
    "num_negatives": 5,
    "loss": "softmax",
    "user_tower": "both",
    "item_embeddings": True,
    "item_embedding_dropout": 0.3,
    "global_clipnorm": 0.01,
}
BY_ROW = {"ResourceGather", "ResourceScatterSub", "ResourceScatterUpdate"}


def tables(training):
    """Embedding tables and biases of users and items."""
    return [
        variable
        for variable in training.model.trainable_variables
        if variable.path.startswith(("user_tower/", "item_embedding/"))
        and "common_bias" not in variable.path
    ]


@pytest.mark.parametrize(("config", "count"), [(TRIPLES, 1), (CANDIDATES, 4)])
def test_a_lazy_step_has_no_op_on_a_whole_table(make_training, config, count):
    training = make_training(optimizer="lazy_adam", **config)
    _, towers = training.model.optimizer.parts
    sizes = [variable.shape for variable in tables(training)]
    variables = [
        variable
        for variable in (*tables(training), *towers.variables)
        if variable.shape in sizes
    ]
    assert len(sizes) == count
    assert len(variables) == 3 * count  # With their moments.
    training.start()
    batch = next(iter(training.batches_from(0)))
    step = tf.function(training.train_step, autograph=False)
    graph = step.get_concrete_function(batch).graph
    inner = {id(outer): inner for outer, inner in graph.captures}
    for variable in variables:
        ops = {op.type for op in inner[id(variable.value.handle)].consumers()}
        assert ops <= BY_ROW, variable.path
        assert ops >= {"ResourceGather"}


@pytest.mark.parametrize("config", [TRIPLES, CANDIDATES])
def test_the_first_lazy_step_is_that_of_adam(make_training, config):
    """The moments of rows that were never looked up are zero in both."""
    after = []
    for optimizer in ("adam", "lazy_adam"):
        training = make_training(optimizer=optimizer, **config)
        training.start()
        steps = iter(training.batches_from(0))
        training.train_step(next(steps))
        after.append(training.model.get_weights())
    for dense, lazy in zip(*after, strict=True):
        np.testing.assert_allclose(dense, lazy, rtol=1e-4, atol=1e-6)


def test_later_steps_leave_the_rows_of_other_users_alone(make_training):
    training = make_training(optimizer="lazy_adam", **TRIPLES)
    (table,) = tables(training)
    for batch in training.batches_from(0).take(3):
        before = table.numpy()
        training.train_step(batch)
        moved = np.flatnonzero((table.numpy() != before).any(axis=1))
        assert moved.tolist() == sorted(set(batch["user"].numpy().tolist()))
