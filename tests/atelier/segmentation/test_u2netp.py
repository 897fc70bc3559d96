"""Against the original network, run by ONNX Runtime.

`u2netp_reference.npz` holds two photos of the clothing dataset (CC0 1.0, see
data/README.md) at 64 pixels, and each fourth pixel of their saliency at 320.
"""

import pathlib

import numpy as np
import pytest

from atelier.io.errors import UserError
from atelier.segmentation import u2netp

HERE = pathlib.Path(__file__).parent


@pytest.mark.slow
def test_the_saliency_is_that_of_the_original():
    with np.load(HERE / "u2netp_reference.npz") as reference:
        photos, expected = reference["photos"], reference["saliency"]
    stretched = photos.repeat(5, axis=1).repeat(5, axis=2).astype(np.float32)
    saliency = np.array(u2netp.u2netp()(stretched))[:, ::4, ::4, 0]
    np.testing.assert_allclose(saliency, expected, atol=1e-3)


def test_damaged_weights_are_refused(monkeypatch):
    monkeypatch.setattr(u2netp, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(UserError, match="is damaged"):
        u2netp.u2netp()
