import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.baselines import sasrec
from trainer.baselines.baseline import BaselineData
from trainer.baselines.fit_baseline import fit_baseline
from trainer.baselines.sasrec import FACTORS
from trainer.baselines.sasrec import LENGTH
from trainer.baselines.sasrec import SASRecModel
from trainer.baselines.sasrec import sequences_of

ITEMS = 9
SEQUENCES = np.array([[9, 9, 3, 1, 4], [9, 9, 9, 9, 2], [5, 0, 2, 6, 8]])
"""Item indices of three users, the latest last; 9 is padding."""


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(sasrec, "DROPOUT", 0.0)
    return SASRecModel(ITEMS, seed=0)


def normalized(rows):
    """Layer normalization as Keras begins it: without scale and offset."""
    centered = rows - rows.mean(axis=-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + 1e-3)


def dense(kernel, bias, rows):
    return rows @ kernel + bias


def attended(block, rows, first):
    """One block over a sequence, of which `first` is the first item."""
    query, key, value, hidden, output = (
        functools.partial(dense, *layer.get_weights())
        for layer in (
            block.queries,
            block.keys,
            block.values,
            block.hidden,
            block.output_layer,
        )
    )
    normed, added = normalized(rows), np.zeros_like(rows)
    for place in range(first, len(rows)):
        seen = normed[first : place + 1]
        logits = key(seen) @ query(normed[place]) / np.sqrt(FACTORS)
        shares = np.exp(logits) / np.exp(logits).sum()
        added[place] = shares @ value(seen)
    rows = rows + added
    return rows + output(np.maximum(hidden(normalized(rows)), 0))


def users_of(model, sequence):
    """Vectors of the user after each item, from the first on."""
    first = np.argmax(sequence != ITEMS)
    rows = np.array(model.items.embeddings)[sequence]
    rows = rows + np.array(model.positions)[LENGTH - len(sequence) :]
    for block in model.blocks:
        rows = attended(block, rows, first)
    return normalized(rows)[first:]


def test_a_position_attends_to_itself_and_what_was_before(model):
    result = np.array(model(SEQUENCES))
    for row, sequence in zip(result, SEQUENCES, strict=True):
        expected = users_of(model, sequence)
        np.testing.assert_allclose(row[-len(expected) :], expected, atol=1e-4)


def test_loss_is_a_softmax_over_the_next_item_and_sampled_ones(model):
    negatives = np.array([7, 1, 0, 7, 2])
    vectors = np.array(model.items.embeddings)
    losses = []
    for sequence in SEQUENCES:
        if sequence[-2] == ITEMS:
            continue  # A user with a single item.
        users = users_of(model, sequence[:-1])
        others = vectors[negatives[~np.isin(negatives, sequence)]]
        for user, item in zip(users, sequence[-len(users) :], strict=True):
            exps = np.exp(user @ vectors[item]), np.exp(others @ user)
            losses.append(-np.log(exps[0] / (exps[0] + exps[1].sum())))
    assert len(losses) == 6
    result = model.loss_of(tf.constant(SEQUENCES), tf.constant(negatives))
    np.testing.assert_allclose(result, np.mean(losses), rtol=1e-4)


def test_sequences_are_the_latest_items_in_the_order_of_time(
    interactions_of, monkeypatch
):
    monkeypatch.setattr(sasrec, "LENGTH", 2)
    interactions = interactions_of([[0, 1, 2, 3], [4]], num_items=6)
    times = interactions.train.with_values(tf.constant([9, 2, 7, 5, 1]))
    data = BaselineData(dataclasses.replace(interactions, times=times))
    np.testing.assert_array_equal(sequences_of(data), [[3, 2, 0], [6, 6, 4]])


def test_data_without_times_are_refused(interactions_of):
    data = BaselineData(interactions_of([[0, 1]], [(0, 2)]))
    with pytest.raises(UserError, match="sasrec needs the times of the inter"):
        fit_baseline("sasrec", data)


def test_every_position_of_a_full_sequence_learns(model):
    sequence = np.arange(LENGTH + 1)[None] % 5
    with tf.GradientTape() as tape:
        loss = model.loss_of(
            tf.constant(sequence), tf.constant([7, 8], tf.int64)
        )
    gradient = tape.gradient(loss, model.positions.value)
    assert np.abs(gradient).sum(axis=1).all()
