"""A map of the catalogue: what looks alike to the model stands together."""

import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from trainer.data.images import Photos
from trainer.data.thumbnails import Pictures
from trainer.metrics.ranking.beyond_accuracy import unit_vectors

COLUMNS, ROWS = 36, 26
"""Places of the map; a third of them stay free, as gaps between styles."""
PHOTOS = 640
SIDE = 60
"""Of a photo on the map, in pixels: twice what it is on most screens."""
_DIMENSIONS = 50


def draw_map(
    photos: Photos, vectors: np.ndarray, candidates: np.ndarray
) -> Image.Image:
    """Returns a picture of the catalogue, or of a sample of it.

    Args:
        photos: The photos.
        vectors: What the items look like, float [items, K].
        candidates: The items to draw from, int64 [candidates].
    """
    rng = np.random.default_rng(0)
    number = min(PHOTOS, len(candidates))
    items = rng.choice(candidates, number, replace=False)
    places = on_grid(coordinates(unit_vectors(vectors[items])))
    pictures = Pictures(photos, SIDE)
    canvas = Image.new("RGB", (COLUMNS * SIDE, ROWS * SIDE), "white")
    for item, (column, row) in zip(items, places, strict=True):
        canvas.paste(pictures.image(item), (column * SIDE, row * SIDE))
    return canvas


def coordinates(vectors: np.ndarray) -> np.ndarray:
    """Returns where t-SNE places vectors, each axis within 0 and 1, [items, 2].

    Too few vectors for t-SNE are placed by their principal components.
    """
    if len(vectors) < 3:
        return np.linspace((0.4, 0.5), (0.6, 0.5), len(vectors))
    # On few threads that are not in each other's way; the same on each run.
    with threadpool_limits(1):
        size = min(_DIMENSIONS, *vectors.shape)
        found = PCA(size, svd_solver="full").fit_transform(vectors)
        if len(found) > 10:
            perplexity = min(30.0, (len(found) - 1) / 3)
            found = TSNE(
                init="random" if size < 2 else "pca",
                perplexity=perplexity,
                random_state=0,
            ).fit_transform(found)
    found = np.pad(found, ((0, 0), (0, max(0, 2 - found.shape[1]))))[:, :2]
    # The few that stand far out shall not press all others together.
    low, high = np.quantile(found, (0.005, 0.995), axis=0)
    span = np.where(high > low, high - low, 1.0)
    return np.asarray(np.clip((found - low) / span, 0.0, 1.0))


def on_grid(points: np.ndarray) -> np.ndarray:
    """Moves points to places of the grid, one each, as little as possible.

    Args:
        points: Within 0 and 1, at most as many as places, float [items, 2].

    Returns:
        Column and row of each, int64 [items, 2].
    """
    places = np.stack(np.divmod(np.arange(COLUMNS * ROWS), ROWS), axis=1)
    scaled = points * (COLUMNS - 1, ROWS - 1)
    distances = np.square(scaled[:, None] - places).sum(axis=2)
    _, chosen = linear_sum_assignment(distances)
    return np.asarray(places[chosen])
