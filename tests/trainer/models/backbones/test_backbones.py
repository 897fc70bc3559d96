import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.models.backbones import BACKBONES
from trainer.models.backbones import NO_IMAGE
from trainer.models.backbones import build_backbone
from trainer.models.backbones import check_backbone
from trainer.models.backbones import initial_weights


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("size", [32, 128])
def test_every_backbone_maps_photos_to_features(name, size):
    model = build_backbone(name, size)
    photos = np.zeros((2, size, size, 3), np.float32)
    assert model(photos).shape == (2, *model.output.shape[1:])
    assert len(model.output.shape) == 2


def test_without_images_there_are_no_features():
    photos = np.zeros((2, 32, 32, 3), np.float32)
    assert build_backbone(NO_IMAGE, 32)(photos).shape == (2, 0)


@pytest.mark.parametrize("name", [*BACKBONES, NO_IMAGE, "ResNet50"])
def test_what_there_is_passes(name):
    check_backbone(name)


def test_a_prefix_is_allowed():
    check_backbone("keras.applications.ResNet50", "some.weights.h5")


@pytest.mark.parametrize("name", ["resnet", "imagenet_utils", "", "__name__"])
def test_an_unknown_name_lists_the_choices(name):
    with pytest.raises(UserError) as error:
        check_backbone(name)
    for part in ("cnn_f, efficientnet_lite0, small", "Xception", f"{name!r}"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["small"], "random weights"),
        (["efficientnet_lite0"], "ImageNet weights"),
        (["ResNet50"], "random weights"),
        (["ResNet50", "my.keras"], "the weights in my.keras"),
    ],
)
def test_initial_weights_are_described(arguments, message):
    assert initial_weights(*arguments) == message
