"""Top-k lists and beyond-accuracy metrics: coverage, novelty, diversity."""

from collections.abc import Sequence

import numpy as np
from sklearn.preprocessing import normalize

NOBODY = -1
"""Padding of the list of a user with fewer candidates than the list length."""

_GROUPS = 512


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Returns the top-k items of one user; ties go to the lower index.

    Sorts only items that reach the k-th largest of the maxima of item groups:
    at least k items reach it, so no other item is in the top k.

    Args:
        scores: Scores of all items, NaN for masked items, float [items].
        k: Length of the list.

    Returns:
        Item indices, int64 [k], padded with `NOBODY`.
    """
    candidates = _reaching(scores, k)
    best = candidates[np.argsort(-scores[candidates], kind="stable")[:k]]
    return np.pad(best, (0, k - len(best)), constant_values=NOBODY)


def top_k_unknown(
    scores: np.ndarray, known: Sequence[np.ndarray], k: int
) -> np.ndarray:
    """Returns the top-k lists of users, without items that they know.

    Args:
        scores: Scores of all items, float [users, items].
        known: Item indices that are left out, int [n] for each user.
        k: Length of the lists.

    Returns:
        Item indices, int64 [users, k], padded with `NOBODY`.
    """
    masked = np.array(scores, np.float64)
    for row, items in zip(masked, known, strict=True):
        row[items] = np.nan
    return np.array([top_k(row, k) for row in masked], int).reshape(-1, k)


def coverage(lists: np.ndarray, num_items: int) -> float:
    """Computes the fraction of the catalog that is in at least one list.

    Args:
        lists: Item indices, padded with `NOBODY`, int64 [users, k].
        num_items: Number of items of the catalog.
    """
    return len(np.unique(lists[lists != NOBODY])) / num_items


def novelty(lists: np.ndarray, train_counts: np.ndarray) -> np.ndarray:
    """Computes the novelty (mean self-information) of each list, in bits.

    The mean of -log2 p over the list, with p the fraction of the training
    interactions that belong to the item. One interaction is added to every
    item, so that p is positive.

    Source: Vargas and Castells, RecSys 2011, section 4.

    Args:
        lists: Item indices, padded with `NOBODY`, int64 [users, k].
        train_counts: Training interaction count of each item, int64 [items].

    Returns:
        Novelty of each list, float [users].
    """
    counts = train_counts + 1.0
    bits = np.log2(counts.sum()) - np.log2(counts)
    listed = lists != NOBODY
    total = np.where(listed, bits[lists], 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(listed.sum(axis=1), 1))


def diversity(lists: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Computes the visual intra-list diversity of each list.

    It is 1 minus the mean cosine similarity of all pairs of the list, and 0 for
    a list of one item or none.

    Source: Ziegler et al., WWW 2005, section 3.3 (as a distance).

    Args:
        lists: Item indices, padded with `NOBODY`, int64 [users, k].
        vectors: Image embeddings of the items, float [items, K].

    Returns:
        Diversity of each list, float [users].
    """
    unit = normalize(vectors)
    # The squared norm of the sum counts each pair twice, each item once.
    diversities = np.zeros(len(lists))
    for row, items in enumerate(lists):
        listed = unit[items[items != NOBODY]]
        pairs = len(listed) * (len(listed) - 1)
        if pairs:
            cosines = np.sum(listed.sum(axis=0) ** 2) - np.sum(listed**2)
            diversities[row] = 1.0 - cosines / pairs
    return diversities


def _reaching(scores: np.ndarray, k: int) -> np.ndarray:
    """Returns ascending item indices that include the top k."""
    whole = len(scores) // _GROUPS * _GROUPS
    if k > _GROUPS or not whole:
        return np.flatnonzero(scores >= -np.inf)
    # Item j belongs to group j modulo the number of groups: fast to reduce.
    grouped = scores[:whole].reshape(-1, _GROUPS)
    best = np.fmax.reduce(grouped, axis=0)
    best[np.isnan(best)] = -np.inf
    limit = np.partition(best, _GROUPS - k)[_GROUPS - k]
    # Only these groups hold items that reach the limit.
    groups = np.flatnonzero(best >= limit)
    rows, columns = np.nonzero(grouped[:, groups] >= limit)
    rest = whole + np.flatnonzero(scores[whole:] >= limit)
    return np.concatenate([rows * _GROUPS + groups[columns], rest])
