"""Convolutional backbones of the item tower.

A backbone maps RGB images, float32 [batch, image_size, image_size, 3] in
[-1, 1], to features, float32 [batch, F]; the item tower projects them to the
embedding size. Each built-in backbone is a module of this package; the networks
of keras.applications are available as well.
"""

from collections.abc import Callable

import keras

from atelier.io.errors import UserError
from trainer.models.backbones import applications
from trainer.models.backbones.cnn_f import cnn_f
from trainer.models.backbones.efficientnet_lite0 import efficientnet_lite0
from trainer.models.backbones.small import small
from trainer.models.backbones.weights_file import SUFFIX
from trainer.models.backbones.weights_file import load_weights

BACKBONES: dict[str, Callable[[int], keras.Model]] = {
    "cnn_f": cnn_f,
    "efficientnet_lite0": efficientnet_lite0,
    "small": small,
}
"""Built-in backbones by name: functions of the image side in pixels."""

NO_IMAGE = "none"
"""Name of the backbone of items without images, which has no features."""

PRETRAINED = frozenset({"efficientnet_lite0"})
"""Built-in backbones that come with pretrained weights."""


def check_backbone(name: str, weights: str | None = None) -> None:
    """Checks the name of a backbone and the type of its weights file.

    Args:
        name: One of `BACKBONES`, or a network of keras.applications, with or
            without that prefix, or `NO_IMAGE`.
        weights: Path of a weights file, or None.

    Raises:
        UserError: If there is no such backbone, or a built-in one is given a
            file of another type.
    """
    if name in BACKBONES:
        if weights and not weights.endswith(SUFFIX):
            raise UserError(
                f"--weights of --backbone {name} is a {SUFFIX} file, as "
                f"`python -m trainer.task pretrain` writes it; got {weights}"
            )
    elif (
        name != NO_IMAGE
        and applications.plain_name(name) not in applications.NETWORKS
    ):
        raise UserError(
            f"--backbone is one of {', '.join(BACKBONES)}, {NO_IMAGE}, or of "
            f"keras.applications: {', '.join(applications.NETWORKS)}; got "
            f"{name!r}"
        )


def build_backbone(
    name: str, image_size: int, weights: str | None = None
) -> keras.Model:
    """Builds a backbone.

    Args:
        name: One of `BACKBONES`, or a network of keras.applications, with or
            without that prefix.
        image_size: Side of the images, in pixels.
        weights: Path of a weights file, or None: for a built-in backbone a file
            of `weights_file.save_weights`, otherwise a Keras file.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, F].

    Raises:
        UserError: If there is no such backbone, it does not support this image
            size, or the weights belong to another network.
    """
    check_backbone(name, weights)
    if name == NO_IMAGE:
        images = keras.Input((image_size, image_size, 3), name="images")
        return keras.Model(images, images[:, 0, 0, :0], name=NO_IMAGE)
    if name not in BACKBONES:
        return applications.build(
            applications.plain_name(name), image_size, weights
        )
    network = BACKBONES[name](image_size)
    if weights:
        load_weights(network, weights)
    return network


def initial_weights(name: str, weights: str | None = None) -> str:
    """Describes the initial weights of a backbone, for the log."""
    if weights:
        return f"the weights in {weights}"
    return "ImageNet weights" if name in PRETRAINED else "random weights"
