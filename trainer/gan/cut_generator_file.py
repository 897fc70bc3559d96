"""Trained generator of cuts in one file, to ship without its run."""

import dataclasses
import io
import json

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
        val_kid: Validation KID of its images in gray cloth.

    Example:
        trained = load_cut_generator("runs/gan/cut_generator.npz")
        z = np.random.default_rng(0).normal(size=(2, trained.z_dim))
        cuts = trained.generator.cuts(z, np.zeros(2, np.int64))
    """

    generator: CutGenerator
    categories: list[str]
    val_kid: float

    @property
    def z_dim(self) -> int:
        """Width of the latent vector z."""
        return int(self.generator.get_config()["z_dim"])


def write_cut_generator(gan: TrainedGan, path: str) -> None:
    """Writes the generator of a run with float16 weights.

    Args:
        gan: A GAN with the generator `cut`.
        path: Path of the file.
    """
    generator = gan.generator
    config = {
        **{key: generator.get_config()[key] for key in _SHAPE},
        "categories": gan.categories,
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
    except tf.errors.OpError as error:
        raise UserError(f"{path} cannot be read: {error.message}") from error
    except (ValueError, KeyError, TypeError, *DAMAGE) as error:
        raise UserError(
            f"{path} is no generator of cuts of this version; give the "
            f"{CUT_GENERATOR} of a run of `gan --preset cuts`"
        ) from error
    return TrainedCutGenerator(
        generator, config["categories"], config["val_kid"]
    )
