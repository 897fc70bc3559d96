"""Where vectors lie, against looking for them one by one."""

import numpy as np
import pytest

from export.index.ivf_layout import BLOCK
from export.index.ivf_layout import build_layout
from export.index.ivf_layout import count_available
from export.index.ivf_layout import mask_empty
from export.index.top_k import NO_SCORE

SIZES = [5, 33, 64, 1, 32]
WIDTH = 3


@pytest.fixture(scope="module")
def partition_of():
    """Partitions of items that lie nowhere near each other."""
    every = np.repeat(np.arange(len(SIZES)), SIZES)
    return np.random.default_rng(0).permutation(every)


@pytest.fixture(scope="module")
def vectors(partition_of):
    shape = len(partition_of), WIDTH
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def layout(vectors, partition_of):
    return build_layout(vectors, partition_of)


def asked(query):
    return np.append(query, [np.linalg.norm(query), 1])


def products(layout, block, query):
    return asked(query) @ layout.blocks[block]


def test_each_item_scores_in_a_block_of_its_partition(
    layout, vectors, partition_of
):
    query = np.array([1.0, -2.0, 0.5])
    seen = []
    for partition, size in enumerate(SIZES):
        number, end = layout.numbers[partition], layout.ends[partition]
        assert number == -(-size // BLOCK)
        for block in range(end - number, end):
            for place, product in enumerate(products(layout, block, query)):
                if product == np.float32(NO_SCORE):
                    assert layout.items[block, place] == 0
                    continue
                item = layout.items[block, place]
                assert partition_of[item] == partition
                np.testing.assert_allclose(
                    product, vectors[item] @ query, rtol=1e-5
                )
                seen.append(item)
    assert sorted(seen) == list(range(len(vectors)))


def test_the_first_block_is_nobodys(layout):
    assert (products(layout, 0, np.ones(WIDTH)) == np.float32(NO_SCORE)).all()
    assert (layout.ends - layout.numbers)[: len(SIZES)].min() == 1
    assert len(layout.blocks) == len(layout.items) == 1 + layout.numbers.sum()


def promises(summaries, query):
    """What each partition promises."""
    rows = summaries.swapaxes(1, 2).reshape(-1, WIDTH + 2)
    return rows @ asked(query)


def test_partitions_promise_their_mean_and_reach(layout, vectors, partition_of):
    query = np.array([1.0, -2.0, 0.5])
    found = promises(layout.summaries, query)
    for partition in range(len(SIZES)):
        rows = vectors[partition_of == partition]
        deviation = np.sqrt(np.square(rows - rows.mean(axis=0)).mean())
        np.testing.assert_allclose(
            found[partition],
            rows.mean(axis=0) @ query + 2 * np.linalg.norm(query) * deviation,
            rtol=1e-4,
        )
    assert (found[len(SIZES) :] <= np.float32(NO_SCORE)).all()


def test_empty_partitions_are_masked_until_items_are_available(layout):
    held = np.zeros(64)
    held[[0, 2]] = 3, 1
    query = np.ones(WIDTH)
    before = promises(layout.summaries, query)
    after = promises(mask_empty(layout.summaries, held), query)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert (np.delete(after, [0, 2]) <= np.float32(NO_SCORE)).all()
    held[: len(SIZES)] = 1
    again = mask_empty(mask_empty(layout.summaries, np.zeros(64)), held)
    np.testing.assert_array_equal(again, layout.summaries)


def test_available_items_are_counted_in_total_and_by_category(partition_of):
    rng = np.random.default_rng(2)
    category_ids = rng.integers(3, size=len(partition_of))
    there = rng.random(len(partition_of)) < 0.5
    counts = count_available(category_ids, partition_of, there)
    assert counts.shape == (4, 64)
    for partition in range(64):
        rows = there & (partition_of == partition)
        assert counts[0, partition] == rows.sum()
        for kind in range(3):
            assert (
                counts[1 + kind, partition]
                == (rows & (category_ids == kind)).sum()
            )
    everything = count_available(category_ids, partition_of)[0, : len(SIZES)]
    assert everything.tolist() == SIZES
