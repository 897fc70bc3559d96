"""Files of a restyled image: its path of two designs."""

import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from atelier.io import json_files
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.write_edited_images import write_restyled


def test_a_restyled_image_is_written_with_its_path(tmp_path):
    images = np.stack([np.full((16, 16, 3), one, "f") for one in (-1, 0, 1)])
    photo, *path = images
    restyled = types.SimpleNamespace(
        photo_preference=np.float32(2.0),
        path=types.SimpleNamespace(
            images=tf.constant(path),
            preferences=tf.constant([1.0, 4.0]),
            realism=tf.constant([0.5, 0.25]),
        ),
        distance=np.float32(0.125),
    )
    standing = ScoreDistribution(np.array([0.0, 2.0], np.float32))
    out = str(tmp_path / "out")

    write_restyled(out, photo, restyled, standing, {"user_id": "ann"})

    figures = json_files.read_json(out, "restyled.json")
    assert figures["user_id"] == "ann"
    assert figures["preference_input"] == 2.0
    assert figures["preference_before"] == 1.0
    assert figures["preference_after"] == 4.0
    assert figures["distance_of_nearest_design"] == 0.125
    # The mean is 1, and the standard deviation 1.
    scores = [(one["z_score"], one["realism"]) for one in figures["path"]]
    assert np.ravel(scores) == pytest.approx([0, 0.5, 3, 0.25], rel=1e-5)
    written = np.asarray(Image.open(f"{out}/restyled.png"))
    assert written.min() == 255
    strip = Image.open(f"{out}/restyled_strip.png")
    assert strip.width > 3 * 16
