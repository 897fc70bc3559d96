"""Color and edge histograms of garments: a likeness without a network.

- Colors: a histogram of the garment's pixels in CIE Lab, 5 x 9 x 9 bins.
- Edges: histograms of gradient orientations, 8 bins in each of 4 x 4 cells of
  the image, weighted by the magnitude of the gradient of the lightness. The
  background is set to white first, so that the outline counts and the floor
  does not.

Pixels are shared linearly between neighboring bins, so that a slight change of
a color changes the histogram slightly. The likeness of two histograms p and q,
which sum to 1, is the Bhattacharyya coefficient: the sum of sqrt(p q), 1 for
equal ones and 0 for disjoint ones. The features are sqrt(p), so that it is an
inner product.

No weight is learned, so an image made to exploit a network gains nothing here.

Source: Swain and Ballard, "Color indexing", IJCV 1991; Dalal and Triggs,
"Histograms of oriented gradients", CVPR 2005, without its block normalization,
because the images of a catalog are lit alike; Bhattacharyya 1943.
"""

import itertools

import numpy as np
from keras import ops

from trainer.models.composition.lab_color import rgb_to_lab

LIGHTNESS_BINS, CHROMA_BINS = 5, 9
CHROMA = 80.0
"""Bound of the bins of a and b, which few colors of cloth exceed."""
CELLS, ORIENTATIONS = 4, 8
COLORS = LIGHTNESS_BINS * CHROMA_BINS**2
EDGES = CELLS**2 * ORIENTATIONS
WHITE = 0.85
"""Value in [-1, 1] above which all channels of a background pixel lie."""
_LEAST_FOREGROUND = 0.02


def appearance(images: np.ndarray) -> np.ndarray:
    """Computes the features of images.

    Args:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].

    Returns:
        Square roots of the color histogram, `COLORS` columns, and of the edge
        histogram, `EDGES` columns, float32 [n, COLORS + EDGES].
    """
    masks = foreground(images)
    lab: np.ndarray = ops.convert_to_numpy(rgb_to_lab(images))
    features = np.concatenate(
        [color_histograms(lab, masks), edge_histograms(lab[..., 0], masks)],
        axis=1,
    )
    return np.sqrt(features).astype(np.float32)


def likeness(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Computes the mean likeness of images to a set of images.

    Args:
        features: Features of the images, float [n, COLORS + EDGES].
        others: Features of the set, at least one, float [m, COLORS + EDGES].

    Returns:
        Likeness in colors and in edges, 0 to 1, float [n, 2].
    """
    mean = others.mean(axis=0)
    return np.stack(
        [
            features[:, :COLORS] @ mean[:COLORS],
            features[:, COLORS:] @ mean[COLORS:],
        ],
        axis=1,
    )


def foreground(images: np.ndarray) -> np.ndarray:
    """Returns the pixels that are not white; all pixels of a white image.

    Masks of a data set are not used: generated images have none, and a
    comparison needs one rule for both.

    Args:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].

    Returns:
        Masks, bool [n, size, size].
    """
    masks = images.min(axis=-1) < WHITE
    empty = masks.mean(axis=(1, 2)) < _LEAST_FOREGROUND
    return np.asarray(masks | empty[:, None, None])


def color_histograms(lab: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Computes color histograms of the masked pixels.

    Args:
        lab: Lab images, float [n, size, size, 3].
        masks: Pixels to count, at least one per image, bool [n, size, size].

    Returns:
        Histograms over (L, a, b), each with the sum 1, float [n, COLORS].
    """
    image, *_ = np.nonzero(masks)
    lightness, a, b = lab[masks].T
    axes = [
        _share(lightness / 100.0, LIGHTNESS_BINS),
        _share((a / CHROMA + 1.0) / 2.0, CHROMA_BINS),
        _share((b / CHROMA + 1.0) / 2.0, CHROMA_BINS),
    ]
    bins = (LIGHTNESS_BINS, CHROMA_BINS, CHROMA_BINS)
    counts = np.zeros(len(lab) * COLORS)
    for corner in itertools.product(*axes):
        indices, weights = zip(*corner, strict=True)
        place = image * COLORS + np.ravel_multi_index(indices, bins)
        counts += np.bincount(place, np.prod(weights, axis=0), len(counts))
    counts = counts.reshape(len(lab), COLORS)
    return counts / counts.sum(axis=1, keepdims=True)


def edge_histograms(lightness: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Computes histograms of gradient orientations in a grid of cells.

    Args:
        lightness: L of images, float [n, size, size] in 0..100.
        masks: Garments, bool [n, size, size]; the rest is set to white.

    Returns:
        Histograms over (row, column, orientation), each with the sum 1,
        uniform for an image without edges, float [n, EDGES].
    """
    rows, columns = np.gradient(np.where(masks, lightness, 100.0), axis=(1, 2))
    turn = np.arctan2(rows, columns) / np.pi * ORIENTATIONS
    low = np.floor(turn)
    count, size, _ = lightness.shape
    cell = np.arange(size) * CELLS // size
    cells = np.arange(count)[:, None, None] * CELLS**2 + (
        cell[:, None] * CELLS + cell
    )
    histograms = np.full(count * EDGES, 1e-6)
    for step, weight in ((0, 1.0 - (turn - low)), (1, turn - low)):
        place = cells * ORIENTATIONS + (low.astype(int) + step) % ORIENTATIONS
        weights = np.hypot(rows, columns) * weight
        histograms += np.bincount(
            place.ravel(), weights.ravel(), len(histograms)
        )
    histograms = histograms.reshape(count, EDGES)
    return histograms / histograms.sum(axis=1, keepdims=True)


def _share(
    position: np.ndarray, bins: int
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Shares positions linearly between the two nearest bins.

    Args:
        position: Positions, clipped to 0..1, float [n].
        bins: Number of bins; the centers of the first and the last are 0 and 1.

    Returns:
        For each of the two bins its index, int64 [n], and weight, float [n].
    """
    place = np.clip(position, 0.0, 1.0) * (bins - 1)
    low = np.minimum(place.astype(np.int64), bins - 2)
    return (low, 1.0 - (place - low)), (low + 1, place - low)
