"""The stream of the catalog: each item once a pass, repeatable by step."""

import numpy as np
import pytest

from trainer.data.fingerprint import fingerprint
from trainer.data.images import load_photos
from trainer.data.interactions import load_interactions
from trainer.data.item_stream import ItemStream

SIZE = 32


@pytest.fixture(scope="module")
def fingerprints(data_dir):
    """Fingerprints of all items, in index order."""
    return fingerprint(load_interactions(data_dir).item_ids).numpy().tolist()


@pytest.fixture
def make_stream(data_dir, fingerprints):
    def make(batch_size, seed=0, worker=0, num_workers=1):
        return ItemStream(
            data_dir,
            len(fingerprints),
            SIZE,
            batch_size,
            seed,
            worker,
            num_workers,
        )

    return make


def drawn(stream, first_step, num_batches):
    """Returns the fingerprints of batches, one after the other."""
    batches = stream.from_step(first_step).take(num_batches)
    return [item for batch in batches for item in batch["item"].numpy()]


def test_a_pass_has_each_item_once_in_another_order(make_stream, fingerprints):
    num_items = len(fingerprints)
    items = drawn(make_stream(num_items // 2), 0, 5)
    first, second = items[:num_items], items[num_items : 2 * num_items]
    assert sorted(first) == sorted(second) == sorted(fingerprints)
    assert first != second
    assert drawn(make_stream(num_items // 2, seed=1), 0, 2) != first[:-1]


def test_a_resumed_stream_goes_on_as_the_uninterrupted(make_stream):
    """The seventh batch is of the second pass over the catalog."""
    whole = drawn(make_stream(8), 0, 12)
    assert drawn(make_stream(8), 7, 5) == whole[7 * 8 :]


def test_workers_draw_in_orders_of_their_own(make_stream, fingerprints):
    first, second = (
        drawn(make_stream(8, worker=worker, num_workers=2), 0, 6)
        for worker in range(2)
    )
    assert first != second
    # One of two workers uses half a batch a step.
    assert drawn(make_stream(8, worker=1, num_workers=2), 2, 5) == second[8:]


def test_images_are_those_of_the_items(data_dir, make_stream, fingerprints):
    photos = load_photos(data_dir, 0)
    (batch,) = make_stream(8).from_step(0).take(1)
    items = [fingerprints.index(item) for item in batch["item"].numpy()]
    np.testing.assert_array_equal(batch["photos"], photos.take(items))
