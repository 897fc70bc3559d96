"""Latent codes of the images of a GAN data set.

The code of an image is its place among the images of its category: principal
components of coarse pixels, which are transformed so that the codes of a
category have the mean 0 and the covariance I, as random z have. So random z are
in the range of the codes, and a generator that redraws images from their codes
knows what to generate from such z.

Source: whitening by the symmetric inverse square root (ZCA), Bell and
Sejnowski, "The independent components of natural scenes are edge filters",
Vision Research 1997.
"""

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.gan.dataset import GanDataset
from trainer.models.layers.resize import resized

_SIDE = 16
_RIDGE = 0.02
"""Added to the variance of each component, relative to their mean: a category
of few images has fewer directions than components."""
_MAX_FITTED = 6000


def latent_codes(dataset: GanDataset, dim: int) -> np.ndarray:
    """Computes the code of each image.

    Args:
        dataset: Images of a GAN run; the training images are fitted.
        dim: Number of components, the dimension of z.

    Returns:
        Codes, float32 [items, dim]; 0 for items of no category.

    Raises:
        UserError: If there are fewer components than `dim`.
    """
    codes = np.zeros((len(dataset.category), dim), np.float32)
    items = np.flatnonzero(dataset.category >= 0)
    category = dataset.category[items]
    trained = np.isin(items, dataset.train)
    pixels = _coarse_pixels(dataset, items)
    for one in np.unique(category):
        own = category == one
        pixels[own] -= pixels[own & trained].mean(axis=0)
    components = _components(pixels[trained], dim)
    places = pixels @ components.T
    for one in np.unique(category):
        own = category == one
        codes[items[own]] = places[own] @ _whitening(places[own & trained])
    return codes


def _coarse_pixels(dataset: GanDataset, items: np.ndarray) -> np.ndarray:
    """Returns the images of items at 16 x 16 pixels, float32 [n, d]."""
    batches = tf.data.Dataset.from_tensor_slices(items).batch(256)
    side = min(_SIDE, dataset.image_size)
    coarse = [resized(dataset.take(one), side).numpy() for one in batches]
    return np.concatenate(coarse).reshape(len(items), -1)


def _components(pixels: np.ndarray, dim: int) -> np.ndarray:
    """Returns the first principal components, float32 [dim, d]."""
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(pixels))[:_MAX_FITTED]
    if min(len(rows), pixels.shape[1]) < dim:
        raise UserError(
            f"--z_dim {dim} is more than the {len(rows)} training images of "
            f"{pixels.shape[1]} coarse pixels determine; lower it"
        )
    components: np.ndarray = np.linalg.svd(pixels[rows], full_matrices=False)[2]
    return components[:dim]


def _whitening(places: np.ndarray) -> np.ndarray:
    """Returns the inverse square root of a covariance, float32 [dim, dim].

    Args:
        places: Components of the images of a category, float32 [n, dim].
    """
    covariance = places.T @ places / len(places)
    ridge = max(_RIDGE * np.trace(covariance) / len(covariance), 1e-12)
    variances, axes = np.linalg.eigh(covariance)
    scaled = axes / np.sqrt(np.maximum(variances, 0.0) + ridge)
    return np.asarray(scaled @ axes.T, np.float32)
