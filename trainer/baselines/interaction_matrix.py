"""The training interactions as a sparse matrix."""

from typing import Any

import numpy as np

from trainer.baselines.baseline import BaselineData
from trainer.baselines.optional_dependency import require


def purchase_matrix(data: BaselineData, baseline: str) -> Any:
    """Returns 1 where a user took an item in train.

    Args:
        data: What was taken.
        baseline: Who asks, for the message.

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
