"""Trained GAN loaded from a run, for design, evaluation and export."""

import dataclasses
from collections.abc import Sequence

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.gan.config import GanConfig
from trainer.gan.dataset import read_categories
from trainer.gan.networks import build_discriminator
from trainer.gan.networks import build_generator
from trainer.gan.networks import variables_of
from trainer.training.checkpoints import best_checkpoint
from trainer.training.checkpoints import reading
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class TrainedGan:
    """A GAN with the weights of its best checkpoint.

    Attributes:
        run: The GAN run.
        generator: Model `generator(z, category, training=False)`: z, float32
            [batch, z_dim], and category indices, int [batch], to RGB images,
            float32 [batch, size, size, 3] in [-1, 1]. It has the EMA weights
            if the run has an EMA.
        discriminator: Model `discriminator(images, category,
            training=False)`, to scores, float32 [batch]; a larger score is
            more real. The targets are 1 for real and 0 for generated images
            with the least-squares loss, 1 and -1 with the hinge loss.
        categories: Category names, by index.
        image_size: Side of the generated images, in pixels.
        z_dim: Dimension of the latent vector z.
        val_kid: Validation KID of the checkpoint.
    """

    run: Run[GanConfig]
    generator: keras.Model
    discriminator: keras.Model
    categories: list[str]
    image_size: int
    z_dim: int
    val_kid: float


def load_trained_gan(run_dir: str, data_dirs: Sequence[str] = ()) -> TrainedGan:
    """Loads the best checkpoint of a run; the data set is not needed.

    Args:
        run_dir: Folder of the GAN run.
        data_dirs: Folders of data sets for `Run.load`.

    Raises:
        UserError: If the folder holds no GAN run, the run has no snapshot
            yet, or its weights are damaged or do not match the networks of
            this code.
    """
    run = Run.load(run_dir, GanConfig, data_dirs)
    path = best_checkpoint(run_dir)
    if path is None:
        raise UserError(
            f"{run_dir} holds no checkpoint of its best snapshot; train the "
            "run up to its first snapshot (--snapshot_every "
            f"{run.config.snapshot_every} steps)"
        )
    categories = read_categories(run_dir)
    generator = build_generator(run.config, len(categories))
    discriminator = build_discriminator(run.config, len(categories))
    merit = tf.Variable(0.0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        best=merit,
        drawing=variables_of(generator),
        discriminator=variables_of(discriminator),
    )
    try:
        with reading(path):
            status = checkpoint.restore(path)
        # Without this check, unmatched weights would stay random.
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError) as error:
        raise UserError(
            f"the weights in {path} do not match the networks that this "
            "version builds; train again, with a new --run_dir"
        ) from error
    status.expect_partial()  # The optimizer state is not loaded.
    return TrainedGan(
        run=run,
        generator=generator,
        discriminator=discriminator,
        categories=categories,
        image_size=run.config.image_size,
        z_dim=run.config.z_dim,
        val_kid=-float(merit),  # The smallest KID is the best.
    )
