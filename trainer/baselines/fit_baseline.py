"""Fits a baseline by its name."""

from collections.abc import Callable
from collections.abc import Mapping

from atelier.io.errors import UserError
from trainer.baselines import BASELINES
from trainer.baselines.baseline import BaselineData
from trainer.baselines.baseline import missing_input
from trainer.baselines.blends import BLENDS
from trainer.baselines.blends import blend
from trainer.baselines.bpr_mf import fit_bpr_mf
from trainer.baselines.content_rank import fit_content_rank
from trainer.baselines.deep_style import fit_deep_style
from trainer.baselines.ease import fit_ease
from trainer.baselines.fm import fit_fm
from trainer.baselines.freedom import fit_freedom
from trainer.baselines.ials import fit_ials
from trainer.baselines.item_knn import fit_item_knn
from trainer.baselines.lightgcn import fit_lightgcn
from trainer.baselines.multvae import fit_multvae
from trainer.baselines.popularity import popularity_scorer
from trainer.baselines.random import random_scorer
from trainer.baselines.sasrec import fit_sasrec
from trainer.baselines.vbpr import fit_vbpr
from trainer.baselines.vis_rank import fit_vis_rank
from trainer.baselines.warp_mf import fit_warp_mf
from trainer.metrics.ranking.scorer import Scorer

FITS: dict[str, Callable[[BaselineData], Scorer]] = {
    "random": lambda data: random_scorer(data.num_items, data.seed),
    "popularity": lambda data: popularity_scorer(
        data.interactions.train_counts()
    ),
    "item_knn": fit_item_knn,
    "ease": fit_ease,
    "bpr_mf": fit_bpr_mf,
    "warp_mf": fit_warp_mf,
    "ials": fit_ials,
    "lightgcn": fit_lightgcn,
    "multvae": fit_multvae,
    "sasrec": fit_sasrec,
    "vis_rank": fit_vis_rank,
    "content_rank": fit_content_rank,
    "vbpr": fit_vbpr,
    "deep_style": fit_deep_style,
    "fm": fit_fm,
    "freedom": fit_freedom,
}
"""Functions that fit a baseline and return its scorer over the whole catalog,
by name; `BLENDS` has the others."""


def fit_baseline(
    name: str, data: BaselineData, fitted: Mapping[str, Scorer] | None = None
) -> Scorer:
    """Fits a baseline and returns its scorer over the whole catalog.

    Args:
        name: Name of the baseline, a key of `BASELINES`.
        data: Interactions and item data to fit to.
        fitted: Scorers that were fitted to the same data, by name; a blend
            fits those of its parts that are not among them.

    Raises:
        UserError: If the name is unknown, the data lack an input of the
            baseline, hold out no validation items for a learned one, or a
            package is missing.

    Example:
        >>> data = BaselineData(load_interactions("data"))
        >>> score = fit_baseline("bpr_mf", data)
        >>> score(np.array([0, 1])).shape == (2, data.num_items)
        True
    """
    if name not in BASELINES:
        raise UserError(
            f"a baseline must be one of {', '.join(BASELINES)}; got {name!r}"
        )
    for need in BASELINES[name]:
        if getattr(data, need) is None:
            raise missing_input(name, need)
    if name in FITS:
        return FITS[name](data)
    fitted = fitted or {}
    parts = {
        part: fitted.get(part) or fit_baseline(part, data)
        for part in BLENDS[name]
    }
    return blend(name, parts, data.num_users)
