"""Builders of the generator and the discriminator of a configuration."""

import keras
import tensorflow as tf

from trainer.gan.config import GanConfig
from trainer.models.gan.cut_generator import CutGenerator
from trainer.models.gan.paper_discriminator import PaperDiscriminator
from trainer.models.gan.paper_generator import PaperGenerator
from trainer.models.gan.projected_discriminator import ProjectedDiscriminator
from trainer.models.gan.residual_generator import ResidualGenerator

_GENERATORS = {
    "residual": ResidualGenerator,
    "cut": CutGenerator,
    "paper": PaperGenerator,
}


def build_generator(config: GanConfig, num_categories: int) -> keras.Model:
    """Builds a generator with newly initialized weights.

    Args:
        config: Configuration of the run.
        num_categories: Number of categories.

    Returns:
        A model, called as `generator(z, category, training=False)`: it maps
        z, float [batch, z_dim], and category indices, int [batch], to RGB
        images, float [batch, size, size, 3] in [-1, 1].
    """
    return _GENERATORS[config.generator](
        num_categories, config.image_size, config.z_dim, config.generator_width
    )


def build_discriminator(
    config: GanConfig, num_categories: int
) -> PaperDiscriminator | ProjectedDiscriminator:
    """Builds a discriminator with newly initialized weights.

    Args:
        config: Configuration of the run.
        num_categories: Number of categories.

    Returns:
        A model, called as `discriminator(images, category, training=False)`:
        it maps RGB images, float [batch, size, size, 3] in [-1, 1], and
        category indices, int [batch], to scores, float [batch]; a larger
        score is more real.
    """
    shape = (num_categories, config.image_size, config.discriminator_width)
    if config.discriminator == "paper":
        return PaperDiscriminator(*shape, config.hidden_units)
    return ProjectedDiscriminator(*shape, config.discriminator_side)


def variables_of(network: keras.Model) -> list[tf.Variable]:
    """Returns the `tf.Variable` of every weight, for checkpoints."""
    return [weight.value for weight in network.weights]
