"""Lookups of ids in one process, many of them one after another."""

import tensorflow as tf

from export.servables.id_lookup import IdLookup


def test_both_directions():
    lookup = IdLookup(["shirt", "shoe"], "categories")

    indices = lookup(tf.constant(["shoe", "kite"]))

    assert indices.numpy().tolist() == [1, -1]
    assert lookup.ids(indices).numpy().tolist() == [b"shoe", b""]


def test_a_lookup_never_answers_from_another_one():
    # A table outlives its vocabulary when the collector is late, and its
    # memory address may be the next vocabulary's.
    tables = []
    for number in range(50):
        lookup = IdLookup([f"item {number}"], "items")
        tables.append(lookup._ids.resource_handle)

        text = lookup.ids(tf.constant([0], tf.int64)).numpy()[0]

        assert text.decode() == f"item {number}"


def test_the_saved_model_holds_the_ids_once(tmp_path):
    module = tf.Module()
    module.items = IdLookup(["a", "b"], "items")
    module.categories = IdLookup(["hat"], "categories")

    tf.saved_model.save(module, tmp_path)

    assets = sorted(path.name for path in (tmp_path / "assets").iterdir())
    assert assets == ["categories.txt", "items.txt"]
