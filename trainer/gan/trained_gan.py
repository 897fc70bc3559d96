"""A trained GAN, loaded: what design, metrics and export begin with."""

import dataclasses

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.gan.config import GanConfig
from trainer.gan.dataset import read_categories
from trainer.gan.networks import build_discriminator
from trainer.gan.networks import build_generator
from trainer.gan.networks import variables_of
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class TrainedGan:
    """A run of the GAN with the weights of its best checkpoint.

    Attributes:
        run: The run.
        generator: `generator(z, category, training=False)`, from float32
            [batch, z_dim] and int [batch] to images, float32 [batch, size,
            size, 3] in [-1, 1]; the moving average where the run has one.
        discriminator: `discriminator(images, category, training=False)`, to
            float32 [batch]; a larger value is more real. Under least squares
            1 is real and 0 is made; under hinge 1 and -1.
        categories: Names, by index.
        image_size: Side of what is drawn, in pixels.
        z_dim: Numbers that a design is drawn from.
    """

    run: Run[GanConfig]
    generator: keras.Model
    discriminator: keras.Model
    categories: list[str]
    image_size: int
    z_dim: int


def load_trained_gan(run_dir: str) -> TrainedGan:
    """Loads a run; its data set is not needed.

    Args:
        run_dir: Folder of the run.

    Raises:
        UserError: If there is no run of a GAN, it has no snapshot yet, or its
            weights are those of other networks.
    """
    run = Run.load(run_dir, GanConfig)
    best = paths.join(run_dir, "best")
    path = tf.train.latest_checkpoint(best)
    if path is None:
        raise UserError(
            f"{best} holds no checkpoint; train the run for a snapshot first "
            f"(--snapshot_every {run.config.snapshot_every} steps)"
        )
    categories = read_categories(run_dir)
    generator = build_generator(run.config, len(categories))
    discriminator = build_discriminator(run.config, len(categories))
    checkpoint = tf.train.Checkpoint(
        drawing=variables_of(generator),
        discriminator=variables_of(discriminator),
    )
    try:
        status = checkpoint.restore(path)
        status.assert_existing_objects_matched()  # Or some would stay random.
    except (AssertionError, ValueError) as error:
        raise UserError(
            f"the weights in {best} are not those of the networks that this "
            "code builds; train again, with a new --run_dir"
        ) from error
    status.expect_partial()  # The optimisers' part is not wanted.
    return TrainedGan(
        run=run,
        generator=generator,
        discriminator=discriminator,
        categories=categories,
        image_size=run.config.image_size,
        z_dim=run.config.z_dim,
    )
