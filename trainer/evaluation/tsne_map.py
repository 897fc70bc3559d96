"""t-SNE map of the catalog: visually similar items are close together."""

from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from trainer.data.thumbnails import Pictures

COLUMNS, ROWS = 36, 26
"""Grid of the map; a third of the cells stay free, as gaps between styles."""
PHOTOS = 640
SIDE = 60
"""Side of an image on the map, in pixels: twice its size on most screens."""
_DIMENSIONS = 50


def sample_items(candidates: np.ndarray) -> np.ndarray:
    """Returns a random sample of at most `PHOTOS` items, int64 [n].

    Args:
        candidates: Items to sample from, int64 [candidates].
    """
    rng = np.random.default_rng(0)
    num_items = min(PHOTOS, len(candidates))
    return rng.choice(candidates, num_items, replace=False)


def draw_map(
    jpeg: Callable[[int], bytes], vectors: np.ndarray, items: np.ndarray
) -> Image.Image:
    """Returns the map of items.

    Args:
        jpeg: Function that returns the JPEG file of an item.
        vectors: Image embeddings of all items, float [items, K].
        items: Items to draw, at most as many as cells, int64 [n].
    """
    places = on_grid(coordinates(normalize(vectors[items])))
    pictures = Pictures(jpeg, SIDE)
    canvas = Image.new("RGB", (COLUMNS * SIDE, ROWS * SIDE), "white")
    for item, (column, row) in zip(items, places, strict=True):
        canvas.paste(pictures.image(int(item)), (column * SIDE, row * SIDE))
    return canvas


def coordinates(vectors: np.ndarray) -> np.ndarray:
    """Returns t-SNE coordinates, each axis scaled to [0, 1], float [items, 2].

    Uses PCA instead for at most 10 vectors, and a line for fewer than 3.
    """
    if len(vectors) < 3:
        return np.linspace((0.4, 0.5), (0.6, 0.5), len(vectors))
    # One thread: several would slow each other down, and results would vary.
    with threadpool_limits(1):
        size = min(_DIMENSIONS, *vectors.shape)
        points = PCA(size, svd_solver="full").fit_transform(vectors)
        if len(points) > 10:
            perplexity = min(30.0, (len(points) - 1) / 3)
            points = TSNE(
                init="random" if size < 2 else "pca",
                perplexity=perplexity,
                random_state=0,
            ).fit_transform(points)
    points = np.pad(points, ((0, 0), (0, max(0, 2 - points.shape[1]))))[:, :2]
    # Quantiles, so that a few outliers do not compress all others.
    low, high = np.quantile(points, (0.005, 0.995), axis=0)
    span = np.where(high > low, high - low, 1.0)
    return np.asarray(np.clip((points - low) / span, 0.0, 1.0))


def on_grid(points: np.ndarray) -> np.ndarray:
    """Assigns each point a grid cell of its own, with minimal total movement.

    Args:
        points: Coordinates in [0, 1], at most as many as cells, float
            [items, 2].

    Returns:
        Column and row of each point, int64 [items, 2].
    """
    places = np.stack(np.divmod(np.arange(COLUMNS * ROWS), ROWS), axis=1)
    scaled = points * (COLUMNS - 1, ROWS - 1)
    distances = np.square(scaled[:, None] - places).sum(axis=2)
    _, chosen = linear_sum_assignment(distances)
    return np.asarray(places[chosen])
