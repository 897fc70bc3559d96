"""Runs a search, a few starts at a time, so that somebody can watch it."""

import numpy as np
from tqdm import tqdm

from trainer.design.design_request import DesignRequest
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer

_STARTS_A_BATCH = 8


def search(
    designer: LatentOptimizer, wish: DesignRequest, doing: str
) -> Designs:
    """Maximises a preference from all starts.

    Args:
        designer: Draws and maximises.
        wish: What is asked for.
        doing: What the progress bar says.

    Returns:
        What was reached from each start, as arrays.
    """
    numbers = np.arange(designer.search.num_starts, dtype=np.int32)
    batches = np.split(
        numbers, range(_STARTS_A_BATCH, len(numbers), _STARTS_A_BATCH)
    )
    bar = tqdm(batches, doing, leave=False, disable=None)
    found = [designer.find_in_graph(batch, wish) for batch in bar]
    return Designs(*(np.concatenate(part) for part in zip(*found, strict=True)))
