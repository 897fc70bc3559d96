"""What our models are compared with, one a file, on the same data."""

from atelier.io.errors import UserError
from trainer.baselines.baseline import Baseline
from trainer.baselines.baseline import BaselineData
from trainer.baselines.bpr_mf import fit_bpr_mf
from trainer.baselines.deep_style import fit_deep_style
from trainer.baselines.fm import fit_fm
from trainer.baselines.ials import fit_ials
from trainer.baselines.item_knn import fit_item_knn
from trainer.baselines.popularity import popularity_scorer
from trainer.baselines.random import random_scorer
from trainer.baselines.vbpr import fit_vbpr
from trainer.baselines.vis_rank import fit_vis_rank
from trainer.baselines.warp_mf import fit_warp_mf
from trainer.metrics.ranking.scorer import Scorer

BASELINES: dict[str, Baseline] = {
    "random": Baseline(
        lambda data: random_scorer(data.num_items, data.seed),
        "a drawn order",
    ),
    "popularity": Baseline(
        lambda data: popularity_scorer(data.interactions.train_counts()),
        "how many took an item",
    ),
    "item_knn": Baseline(
        fit_item_knn, "what was taken together; needs the package scipy"
    ),
    "bpr_mf": Baseline(fit_bpr_mf, "matrix factorisation, BPR loss"),
    "warp_mf": Baseline(fit_warp_mf, "matrix factorisation, WARP loss"),
    "ials": Baseline(
        fit_ials, "weighted least squares; needs the package implicit"
    ),
    "vis_rank": Baseline(
        fit_vis_rank, "likeness of frozen features", ("features",)
    ),
    "vbpr": Baseline(
        fit_vbpr, "id factors and frozen features, BPR loss", ("features",)
    ),
    "deep_style": Baseline(
        fit_deep_style,
        "frozen features less their category's, BPR loss",
        ("features", "categories"),
    ),
    "fm": Baseline(
        fit_fm,
        "factorisation machine on ids, features and categories, BPR loss",
        ("features",),
    ),
}
"""All baselines, by name."""


def fit_baseline(name: str, data: BaselineData) -> Scorer:
    """Fits a baseline.

    Args:
        name: One of `BASELINES`.
        data: What it is fitted to.

    Returns:
        Its scorer over the whole catalogue.

    Raises:
        UserError: If there is no such baseline, the data lack what it needs,
            or a package is missing.
    """
    if name not in BASELINES:
        raise UserError(
            f"a baseline is one of {', '.join(BASELINES)}; got {name!r}"
        )
    baseline = BASELINES[name]
    for need in baseline.needs:
        if getattr(data, need) is None:
            raise UserError(
                f"the baseline {name} needs the {need} of the items, which "
                "these data lack; leave it out"
            )
    return baseline.fit(data)
