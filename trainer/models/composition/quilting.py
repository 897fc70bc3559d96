"""Texture synthesis by image quilting.

Patches of the source are laid in rows and overlap. Each is drawn among those
that fit best to what is already laid, and is joined along the path of the
lowest difference through the overlap.

Source: Efros and Freeman 2001, "Image quilting for texture synthesis and
transfer", section 2.
"""

import numpy as np

_TOLERANCE = 1.1


def quilt(
    patches: np.ndarray, size: int, overlap: int, rng: np.random.Generator
) -> np.ndarray:
    """Synthesizes a texture.

    Args:
        patches: Patches of the source, float32 [n, side, side, channels].
        size: Side of the texture, in pixels.
        overlap: Width of the overlap of neighboring patches, in pixels.
        rng: Random generator of the choice among the patches that fit.

    Returns:
        The texture, float32 [size, size, channels].
    """
    side = patches.shape[1]
    step = side - overlap
    starts = range(0, max(size - overlap, 1), step)
    full = starts[-1] + side
    texture = np.zeros((full, full, patches.shape[3]), np.float32)
    for y in starts:
        for x in starts:
            laid = texture[y : y + side, x : x + side]
            columns = overlap if x else 0
            rows = overlap if y else 0
            misfit = _misfit(patches, laid, rows, columns)
            fits = np.flatnonzero(misfit <= _TOLERANCE * misfit.min())
            patch = patches[rng.choice(fits)]
            covers = _covers(patch, laid, rows, columns)
            laid[covers] = patch[covers]
    return texture[:size, :size]


def lowest_path(costs: np.ndarray) -> np.ndarray:
    """Returns the path from top to bottom with the lowest sum of costs.

    From row to row it moves by at most one column. Dynamic programming:
    E(i, j) = e(i, j) + min(E(i-1, j-1), E(i-1, j), E(i-1, j+1)).

    Args:
        costs: Costs e, float [rows, columns].

    Returns:
        Column of the path in each row, int64 [rows].
    """
    total = costs.astype(np.float64)
    for row in range(1, len(total)):
        before = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(
            np.minimum(before[:-2], before[1:-1]), before[2:]
        )
    path = np.empty(len(total), np.int64)
    path[-1] = np.argmin(total[-1])
    for row in range(len(total) - 2, -1, -1):
        low = max(path[row + 1] - 1, 0)
        path[row] = low + np.argmin(total[row, low : path[row + 1] + 2])
    return path


def _misfit(
    patches: np.ndarray, laid: np.ndarray, rows: int, columns: int
) -> np.ndarray:
    """Returns the squared differences in the overlap, float32 [n].

    Args:
        patches: Patches, float32 [n, side, side, channels].
        laid: The texture below the patch, float32 [side, side, channels].
        rows: Number of rows of the overlap, at the top.
        columns: Number of columns of the overlap, at the left.
    """
    top = patches[:, :rows, columns:] - laid[:rows, columns:]
    left = patches[:, :, :columns] - laid[:, :columns]
    misfit: np.ndarray = (top**2).sum(axis=(1, 2, 3)) + (left**2).sum(
        axis=(1, 2, 3)
    )
    return misfit


def _covers(
    patch: np.ndarray, laid: np.ndarray, rows: int, columns: int
) -> np.ndarray:
    """Returns where a patch covers the texture, bool [side, side]."""
    costs = ((patch - laid) ** 2).sum(axis=-1)
    covers = np.ones(costs.shape, bool)
    if columns:
        path = lowest_path(costs[:, :columns])
        covers[:, :columns] &= np.arange(columns) >= path[:, None]
    if rows:
        path = lowest_path(costs[:rows].T)
        covers[:rows] &= np.arange(rows)[:, None] >= path
    return covers
