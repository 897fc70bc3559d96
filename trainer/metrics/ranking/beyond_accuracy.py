"""Lists of the best items, and what can be said of lists without a truth."""

import numpy as np

NOBODY = -1
"""Fills a list where a user has fewer items left than it is long."""

_GROUPS = 512


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Returns the best items of one user, the first of equals first.

    Sorts only what reaches the k-th best of the maxima of groups of items:
    k items reach it, so no other item is among the best k.

    Args:
        scores: Float [items]; an item that is no candidate has NaN.
        k: Length of the list.

    Returns:
        Item indices, int64 [k], `NOBODY` where there are no more candidates.
    """
    found = _reaching(scores, k)
    best = found[np.argsort(-scores[found], kind="stable")[:k]]
    return np.pad(best, (0, k - len(best)), constant_values=NOBODY)


def coverage(lists: np.ndarray, num_items: int) -> float:
    """Returns the share of the catalogue that stands in some list.

    Args:
        lists: Item indices, int64 [users, k].
        num_items: Size of the catalogue.
    """
    return len(np.unique(lists[lists != NOBODY])) / num_items


def novelty(lists: np.ndarray, train_counts: np.ndarray) -> np.ndarray:
    """Returns how rare the items of each list are, in bits, float [users].

    The mean of -log2 p over the list, p the share of the training interactions
    that are an item's; one interaction is added to every item, so that those
    nobody took have a share too.

    Source: Vargas and Castells, RecSys 2011, section 4.

    Args:
        lists: Item indices, int64 [users, k].
        train_counts: Takers of each item in train, int64 [items].
    """
    counts = train_counts + 1.0
    bits = np.log2(counts.sum()) - np.log2(counts)
    listed = lists != NOBODY
    total = np.where(listed, bits[lists], 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(listed.sum(axis=1), 1))


def diversity(lists: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Returns how unlike the items of each list look, float [users].

    One less the mean cosine of all pairs of the list; a list of one item, or
    none, has diversity 0.

    Source: Ziegler et al., WWW 2005, section 3.3 (as a distance).

    Args:
        lists: Item indices, int64 [users, k].
        vectors: What the items look like, float [items, K].
    """
    unit = unit_vectors(vectors)
    # The squared norm of the sum holds each pair twice, and each item once.
    found = np.zeros(len(lists))
    for row, items in enumerate(lists):
        listed = unit[items[items != NOBODY]]
        pairs = len(listed) * (len(listed) - 1)
        if pairs:
            cosines = np.sum(listed.sum(axis=0) ** 2) - np.sum(listed**2)
            found[row] = 1.0 - cosines / pairs
    return found


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Returns vectors of length 1, and 0 where there was none, [items, K]."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1.0))


def _reaching(scores: np.ndarray, k: int) -> np.ndarray:
    """Returns items, ascending, among which the best k are."""
    whole = len(scores) // _GROUPS * _GROUPS
    if k > _GROUPS or not whole:
        return np.flatnonzero(scores >= -np.inf)
    # Item j belongs to group j modulo the number of groups: fast to reduce.
    grouped = scores[:whole].reshape(-1, _GROUPS)
    best = np.fmax.reduce(grouped, axis=0)
    best[np.isnan(best)] = -np.inf
    limit = np.partition(best, _GROUPS - k)[_GROUPS - k]
    # No need to look at the others again.
    groups = np.flatnonzero(best >= limit)
    rows, columns = np.nonzero(grouped[:, groups] >= limit)
    rest = whole + np.flatnonzero(scores[whole:] >= limit)
    return np.concatenate([rows * _GROUPS + groups[columns], rest])
