import io
import shutil

import numpy as np
import pytest
from PIL import Image

from records import layout
from records.errors import UserError
from records.vocabulary import read_vocabulary
from trainer.dataset import Photos
from trainer.dataset import load_interactions
from trainer.dataset import load_photos


def test_interactions_are_indices_into_the_vocabularies(data_dir):
    found = load_interactions(data_dir)
    assert found.user_ids == read_vocabulary(
        layout.vocabulary(data_dir, "users")
    )
    for user, user_id in enumerate(found.user_ids):
        taken = [
            *found.train[user].numpy(),
            found.validation[user],
            found.test[user],
        ]
        owner = user_id.removeprefix("Käufer, ")
        expected = {f"Größe, {owner}-{index}" for index in range(9)}
        assert {found.item_ids[one] for one in taken} == expected
        assert list(found.train[user]) == sorted(found.train[user].numpy())


def test_seen_marks_every_split(data_dir):
    found = load_interactions(data_dir)
    seen = found.seen(np.array([2, 0]))
    assert seen.sum(axis=1).tolist() == [9, 9]
    for row, user in enumerate([2, 0]):
        assert seen[row, found.test[user]]
        assert seen[row, found.validation[user]]
        assert seen[row, found.train[user].numpy()].all()


def test_train_counts(data_dir):
    found = load_interactions(data_dir)
    counts = found.train_counts()
    assert counts.sum() == 8 * 7
    assert not counts[found.test].any()


def test_photos_are_the_same_decoded_or_encoded_in_memory(data_dir):
    decoded = load_photos(data_dir, memory_bytes=1 << 30)
    encoded = load_photos(data_dir, memory_bytes=0)
    indices = np.array([3, 0, 3])
    np.testing.assert_array_equal(decoded.take(indices), encoded.take(indices))
    exact = np.asarray(Image.open(io.BytesIO(decoded.jpeg(3))))
    difference = decoded.take(indices)[0].numpy().astype(int) - exact
    assert np.abs(difference).mean() < 1  # Two decoders, one photo.


def test_photos_know_their_number():
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8)).save(jpeg, format="JPEG")
    assert len(Photos([jpeg.getvalue()] * 3, 8, 0)) == 3


def test_shards_that_lack_an_item_are_a_contradiction(data_dir, tmp_path):
    shutil.copytree(data_dir, tmp_path / "data")
    for path in (tmp_path / "data" / "items").glob("*-00001-of-*"):
        path.unlink()
    with pytest.raises(UserError, match="contradicts itself"):
        load_photos(str(tmp_path / "data"), 0)


def test_no_manifest_no_data_set(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.json"):
        load_interactions(str(tmp_path))
