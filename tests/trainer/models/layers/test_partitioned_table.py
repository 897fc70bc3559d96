"""Partitioned table, against the whole table."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.models.layers.partitioned_table import PartitionedTable
from trainer.training.lazy_adam import LazyAdam


@pytest.fixture
def table():
    keras.utils.set_random_seed(0)
    return PartitionedTable(8, 3, partitions=3, initial_max=0.5)


def test_rows_are_those_of_the_whole_table(table):
    whole = table.embeddings.numpy()
    assert [part.shape[0] for part in table.parts] == [3, 3, 2]
    assert len(np.unique(whole)) == 24
    assert 0 <= whole.min() < whole.max() <= 0.5
    rows = np.array([[7, 0], [3, 3], [5, 2]])
    np.testing.assert_array_equal(table(rows), whole[rows])


def test_it_trains_as_a_whole_table(table):
    whole = keras.Variable(table.embeddings)
    of_parts, of_whole = LazyAdam(0.1), LazyAdam(0.1)
    of_parts.build(table.parts)
    of_whole.build([whole])
    for rows in ([0, 7, 0], [4, 7], [2, 5, 4]):
        with tf.GradientTape(persistent=True) as tape:
            losses = [
                tf.reduce_sum((vectors - 1) ** 2)
                for vectors in (
                    table(np.array(rows)),
                    tf.gather(whole.value, rows),
                )
            ]
        parts = [part.value for part in table.parts]
        of_parts.apply(
            tape.gradient(
                losses[0],
                parts,
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
        )
        of_whole.apply([tape.gradient(losses[1], whole.value)])
    np.testing.assert_allclose(table.embeddings, whole, rtol=1e-6)


def test_a_saved_table_has_the_same_rows(table, tmp_path):
    users = keras.Input((), dtype="int64")
    model = keras.Model(users, table(users))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rows = np.arange(8)
    np.testing.assert_array_equal(loaded(rows), table(rows))


def test_a_checkpoint_of_it_holds_all_parts(table, tmp_path):
    path = tf.train.Checkpoint(table=table).save(str(tmp_path / "at"))
    other = PartitionedTable(8, 3, partitions=3, initial_max=0.5)
    assert (other.embeddings.numpy() != table.embeddings.numpy()).any()
    tf.train.Checkpoint(table=other).restore(path).assert_consumed()
    np.testing.assert_array_equal(other.embeddings, table.embeddings)
