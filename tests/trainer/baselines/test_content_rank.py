import dataclasses

import numpy as np

from trainer.baselines.content_rank import fit_content_rank
from trainer.baselines.vis_rank import fit_vis_rank

USERS = np.array([7, 0])


def standardized(scores):
    centered = scores - scores.mean(axis=1, keepdims=True)
    return centered / scores.std(axis=1, keepdims=True)


def test_scores_are_sums_of_standardized_mean_cosines(small):
    rng = np.random.default_rng(0)
    content = [rng.normal(size=(small.num_items, width)) for width in (3, 5)]
    content[0][4] = 0  # An item without attributes.
    expected = standardized(fit_vis_rank(small)(USERS))
    for rows in content:
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        units = rows / np.where(norms, norms, 1)
        cosines = [
            units @ units[small.interactions.train[user].numpy()].mean(axis=0)
            for user in USERS
        ]
        expected += standardized(np.array(cosines))
    data = dataclasses.replace(small, content=tuple(content))
    np.testing.assert_allclose(
        fit_content_rank(data)(USERS), expected, atol=1e-4
    )


def test_a_modality_that_no_item_has_counts_for_nothing(small):
    none = np.zeros((small.num_items, 4))
    np.testing.assert_array_equal(
        fit_content_rank(dataclasses.replace(small, content=(none,)))(USERS),
        fit_content_rank(dataclasses.replace(small, content=()))(USERS),
    )
