"""Evaluation sets without the variants of what a user owns.

Colors of one product often stand in the same basket, so a model may score by
the product alone. In these sets the variants of an item that the user owns are
no candidates, and a held-out item that is such a variant does not count.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from trainer.data.interactions import by_user
from trainer.evaluation.eval_set import EvalSet
from trainer.metrics.ranking.held_out import HeldOut

SUFFIX = "_without_variants"
"""End of the names of these sets and of their groups."""


def without_variants(
    eval_sets: Mapping[str, EvalSet],
    products: np.ndarray,
    candidates: np.ndarray,
) -> dict[str, EvalSet]:
    """Returns the twin of each evaluation set, except for empty ones.

    Args:
        eval_sets: Evaluation sets by name.
        products: Product id of each item, equal for variants, int [items].
        candidates: Items that are ranked, int64 [candidates].
    """
    twins = {}
    for name, eval_set in eval_sets.items():
        held_out, kept = _exclude(eval_set.held_out, products, candidates)
        if not kept.any():
            continue
        groups = {
            f"{group}{SUFFIX}": pairs[kept]
            for group, pairs in eval_set.groups.items()
            if pairs[kept].any()
        }
        same = {f"{key}{SUFFIX}": of for key, of in eval_set.same.items()}
        twins[f"{name}{SUFFIX}"] = dataclasses.replace(
            eval_set, held_out=held_out, groups=groups, same=same
        )
    return twins


def _exclude(
    held_out: HeldOut, products: np.ndarray, candidates: np.ndarray
) -> tuple[HeldOut, np.ndarray]:
    """Returns the remaining pairs with their masks, and which remain, bool."""
    num_items = held_out.num_items
    variants = _variants_owned(held_out, products)
    variants = variants[np.isin(variants[:, 1], candidates)]
    num_users = int(held_out.interacted.nrows())
    ragged = by_user(variants, num_users)
    interacted = tf.concat([held_out.interacted, ragged], axis=1)
    masked = np.unique(
        interacted.value_rowids().numpy() * num_items
        + interacted.values.numpy()
    )
    num_left = len(candidates) - np.bincount(
        masked // num_items, minlength=num_users
    )
    users, items = held_out.pairs.T
    of_variants = variants[:, 0] * num_items + variants[:, 1]
    kept = ~np.isin(users * num_items + items, of_variants)
    kept &= num_left[users] > 0
    return (
        HeldOut(
            held_out.pairs[kept],
            interacted,
            tf.concat([held_out.known, ragged], axis=1),
            num_items,
        ),
        kept,
    )


def _variants_owned(held_out: HeldOut, products: np.ndarray) -> np.ndarray:
    """Returns the (user, item) pairs of all variants of what users own.

    A user owns the items of all interactions but the held-out pairs.
    """
    users = held_out.interacted.value_rowids().numpy()
    items = held_out.interacted.values.numpy()
    keys = held_out.pairs @ [held_out.num_items, 1]
    owned = ~np.isin(users * held_out.num_items + items, keys)
    users, of_users = np.unique(
        np.stack([users[owned], products[items[owned]]], axis=1), axis=0
    ).T
    by_product = np.argsort(products, kind="stable")
    sizes = np.bincount(products)
    starts, lengths = (np.cumsum(sizes) - sizes)[of_users], sizes[of_users]
    offsets = np.arange(lengths.sum()) - np.repeat(
        np.cumsum(lengths) - lengths, lengths
    )
    return np.stack(
        [
            np.repeat(users, lengths),
            by_product[np.repeat(starts, lengths) + offsets],
        ],
        axis=1,
    )
