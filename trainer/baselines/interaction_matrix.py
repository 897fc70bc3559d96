"""The training interactions as a sparse matrix."""

from typing import Any

import numpy as np

from trainer.baselines.baseline import BaselineData
from trainer.baselines.optional_dependency import require


def purchase_matrix(data: BaselineData, baseline: str) -> Any:
    """Returns the training interactions as a sparse matrix of ones.

    Args:
        data: Data with the interactions.
        baseline: Name of the baseline, for the error message.

    Returns:
        A `scipy.sparse.csr_matrix`, float32 [users, items].

    Raises:
        UserError: If SciPy is not installed.
    """
    train = data.interactions.train
    items = train.values.numpy()
    return require("scipy.sparse", baseline).csr_matrix(
        (np.ones(len(items), np.float32), items, train.row_splits.numpy()),
        shape=(data.num_users, data.num_items),
    )
