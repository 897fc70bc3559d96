"""Trained generator of cuts in one file, to ship without its run."""

import dataclasses
import io
import json
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from trainer.gan.trained_gan import TrainedGan
from trainer.models.backbones.weights_file import DAMAGE
from trainer.models.gan.cut_generator import CutGenerator

CUT_GENERATOR = "cut_generator.npz"
"""Name of the file in a run folder."""
_CONFIG = "config"
_SHAPE = ("image_size", "z_dim", "width")


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedCutGenerator:
    """A trained generator of cuts.

    Attributes:
        generator: The generator, with its EMA weights in float16 precision.
        categories: Category names, by index.
        left_out: Names of the categories that are not to be drawn.
        val_kid: Validation KID of its images in gray cloth.

    Example:
        trained = load_cut_generator("runs/gan/cut_generator.npz")
        z = np.random.default_rng(0).normal(size=(2, trained.z_dim))
        cuts = trained.generator.cuts(z, np.zeros(2, np.int64))
    """

    generator: CutGenerator
    categories: list[str]
    left_out: list[str]
    val_kid: float

    @property
    def z_dim(self) -> int:
        """Width of the latent vector z."""
        return int(self.generator.get_config()["z_dim"])


def write_cut_generator(
    gan: TrainedGan, path: str, left_out: Sequence[str] = ()
) -> None:
    """Writes the generator of a run with float16 weights.

    Args:
        gan: A GAN with the generator `cut`.
        path: Path of the file.
        left_out: Names of categories that are not to be drawn, because they do
            not look like garments.

    Raises:
        UserError: If a category is not one of the GAN.
    """
    if unknown := sorted({*left_out} - {*gan.categories}):
        raise UserError(
            f"the GAN has no category {unknown[0]!r} to leave out; it has "
            f"{', '.join(gan.categories)}"
        )
    generator = gan.generator
    config = {
        **{key: generator.get_config()[key] for key in _SHAPE},
        "categories": gan.categories,
        "left_out": list(left_out),
        "val_kid": gan.val_kid,
    }
    arrays = {
        str(index): weight.numpy().astype(np.float16)
        for index, weight in enumerate(generator.weights)
    }
    encoded = io.BytesIO()
    np.savez_compressed(
        encoded, **arrays, **{_CONFIG: np.array(json.dumps(config))}
    )
    atomic_write(path, encoded.getvalue())


def load_cut_generator(path: str) -> TrainedCutGenerator:
    """Loads a generator of cuts.

    Args:
        path: Path of a file that `write_cut_generator` wrote.

    Raises:
        UserError: If the file is missing or holds no such generator.
    """
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            arrays = np.load(io.BytesIO(file.read()), allow_pickle=False)
        config = json.loads(str(arrays[_CONFIG]))
        generator = CutGenerator(
            num_categories=len(config["categories"]),
            **{key: config[key] for key in _SHAPE},
        )
        generator.set_weights(
            [
                arrays[str(index)].astype(np.float32)
                for index in range(len(generator.weights))
            ]
        )
        names, left_out = config["categories"], config["left_out"]
        val_kid = float(config["val_kid"])
    except tf.errors.OpError as error:
        raise UserError(f"{path} cannot be read: {error.message}") from error
    except (ValueError, KeyError, TypeError, *DAMAGE) as error:
        raise UserError(
            f"{path} is no generator of cuts of this version; give the "
            f"{CUT_GENERATOR} of a run of `gan --preset cuts`"
        ) from error
    return TrainedCutGenerator(generator, names, left_out, val_kid)
