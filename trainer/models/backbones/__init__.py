"""Convolutional networks for the item tower.

A backbone maps RGB images, float32 [batch, image_size, image_size, 3] in
[-1, 1], to features, float32 [batch, F]; the item tower projects them to its
own width. Ours are one a file; besides there are those of keras.applications.
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
"""Those of our own, built from the side of the photos in pixels."""

PRETRAINED = frozenset({"efficientnet_lite0"})
"""Those of our own whose weights ship with them."""


def check_backbone(name: str, weights: str | None = None) -> None:
    """Checks that there is a network of this name, and that it takes weights.

    Args:
        name: One of `BACKBONES`, or a network of keras.applications, with or
            without that prefix.
        weights: A file of weights for it.

    Raises:
        UserError: If not.
    """
    if name in BACKBONES:
        if weights and not weights.endswith(SUFFIX):
            raise UserError(
                f"--weights of --backbone {name} is a {SUFFIX} file, as "
                f"`python -m trainer.task pretrain` writes it; got {weights}"
            )
    elif applications.plain_name(name) not in applications.NETWORKS:
        raise UserError(
            f"--backbone is one of {', '.join(BACKBONES)}, or of "
            f"keras.applications: {', '.join(applications.NETWORKS)}; got "
            f"{name!r}"
        )


def build_backbone(
    name: str, image_size: int, weights: str | None = None
) -> keras.Model:
    """Builds a network.

    Args:
        name: As `check_backbone` takes it.
        image_size: Side of the photos, in pixels.
        weights: A file of weights, or None: for one of our own what
            `weights_file.save_weights` wrote, else a file of Keras.

    Returns:
        A model from float32 [batch, image_size, image_size, 3] in [-1, 1] to
        float32 [batch, F].

    Raises:
        UserError: If there is no such network, it is not for photos of this
            size, or the weights are not its.
    """
    check_backbone(name, weights)
    if name not in BACKBONES:
        return applications.build(
            applications.plain_name(name), image_size, weights
        )
    network = BACKBONES[name](image_size)
    if weights:
        load_weights(network, weights)
    return network


def initial_weights(name: str, weights: str | None = None) -> str:
    """Says in a few words what weights a network starts from."""
    if weights:
        return f"the weights in {weights}"
    return "weights of ImageNet" if name in PRETRAINED else "fresh weights"
