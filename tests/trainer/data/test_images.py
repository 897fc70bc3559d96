import io

import numpy as np
import pytest
from PIL import Image

from atelier.io.errors import UserError
from trainer.data.images import Photos
from trainer.data.images import load_photos


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


def test_no_manifest_no_photos(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.json"):
        load_photos(str(tmp_path), 0)
