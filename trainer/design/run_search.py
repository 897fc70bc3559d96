"""Latent search in batches of starting points, with a progress bar."""

import numpy as np
from tqdm import tqdm

from trainer.design.design_request import DesignRequest
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer

_STARTS_A_BATCH = 8


def search(
    designer: LatentOptimizer, wish: DesignRequest, doing: str
) -> Designs:
    """Maximizes the preference from all starting points.

    Args:
        designer: Latent optimizer.
        wish: Design request.
        doing: Text of the progress bar.

    Returns:
        The result of each starting point, as NumPy arrays.
    """
    numbers = np.arange(designer.search.num_starts, dtype=np.int32)
    batches = np.split(
        numbers, range(_STARTS_A_BATCH, len(numbers), _STARTS_A_BATCH)
    )
    bar = tqdm(batches, doing, leave=False, disable=None)
    found = [designer.find_in_graph(batch, wish) for batch in bar]
    return Designs(*(np.concatenate(part) for part in zip(*found, strict=True)))
