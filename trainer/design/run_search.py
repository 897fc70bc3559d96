"""Latent search in batches of starting points, with a progress bar."""

import numpy as np
from tqdm import tqdm

from trainer.design.design_request import DesignRequest
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer

_STARTS_PER_BATCH = 8


def search(
    designer: LatentOptimizer, request: DesignRequest, doing: str
) -> Designs:
    """Maximizes the preference from all starting points.

    Args:
        designer: Latent optimizer.
        request: Design request.
        doing: Text of the progress bar.

    Returns:
        The result of each starting point, as NumPy arrays.
    """
    indices = np.arange(designer.search.num_starts, dtype=np.int32)
    batches = np.split(
        indices, range(_STARTS_PER_BATCH, len(indices), _STARTS_PER_BATCH)
    )
    bar = tqdm(batches, doing, leave=False, disable=None)
    results = [designer.find_in_graph(batch, request) for batch in bar]
    return Designs(
        *(np.concatenate(part) for part in zip(*results, strict=True))
    )
