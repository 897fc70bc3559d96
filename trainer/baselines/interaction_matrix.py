"""The training interactions as a sparse matrix."""

import numpy as np
from scipy.sparse import csr_matrix

from trainer.baselines.baseline import BaselineData


def interaction_matrix(data: BaselineData) -> csr_matrix:
    """Returns the training interactions as a sparse matrix of ones.

    Args:
        data: Data with the interactions.

    Returns:
        The matrix, float32 [users, items].
    """
    train = data.interactions.train
    items = train.values.numpy()
    return csr_matrix(
        (np.ones(len(items), np.float32), items, train.row_splits.numpy()),
        shape=(data.num_users, data.num_items),
    )
