"""Against the network that the weights come from.

`jersey.png` is a photo of the clothing dataset (CC0 1.0, see data/README.md),
`jersey_features.npy` what the original network makes of it, in half precision.
"""

import pathlib

import numpy as np
import pytest
from PIL import Image

from trainer.models.backbones.efficientnet_lite0 import WEIGHTS
from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.backbones.weights_file import weight_name

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def network():
    return efficientnet_lite0(224)


def test_features_are_those_of_the_original(network):
    pixels = np.asarray(Image.open(HERE / "jersey.png"), np.float32)
    reference = np.load(HERE / "jersey_features.npy").astype(np.float32)

    (features,) = np.array(network((pixels / 127.5 - 1)[None]))

    assert features.shape == reference.shape == (1280,)
    # Half precision of the weights costs this much, of features up to 4.
    np.testing.assert_allclose(features, reference, atol=0.02)
    assert np.corrcoef(features, reference)[0, 1] > 0.9999


def test_the_file_holds_all_weights_and_no_others(network):
    path = pathlib.Path("trainer/models/backbones/weights", WEIGHTS)
    with np.load(HERE.parents[3] / path) as weights:
        shapes = {name: weights[name].shape for name in weights}
        for name in weights:
            assert weights[name].dtype == np.float16
            assert np.isfinite(weights[name]).all()
            if name.endswith("moving_variance"):
                assert (weights[name] >= 0).all()
    assert shapes == {
        weight_name(variable): variable.shape for variable in network.variables
    }


def test_convolutions_learn_and_normalisation_keeps_what_it_knows(network):
    names = {weight_name(variable) for variable in network.trainable_variables}
    assert len(names) == 49
    assert all(name.endswith("/kernel") for name in names)
    before = [variable.numpy() for variable in network.non_trainable_variables]
    network(np.ones((2, 224, 224, 3), np.float32), training=True)
    for old, new in zip(before, network.non_trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)
