"""Baseline recommenders, one per module, fitted to the same data.

The table here serves `--help`, which must not wait for TensorFlow;
`fit_baseline` fits them.
"""

import dataclasses
from typing import Literal

Need = Literal["features", "categories"]


@dataclasses.dataclass(frozen=True)
class Baseline:
    """Description of a baseline.

    Attributes:
        help: One-line description for `--help`.
        needs: Optional fields of `BaselineData` that the baseline requires.
    """

    help: str
    needs: tuple[Need, ...] = ()


BASELINES: dict[str, Baseline] = {
    "random": Baseline(
        "random order",
    ),
    "popularity": Baseline(
        "interaction count of the item",
    ),
    "item_knn": Baseline("item-to-item co-occurrence; needs the package scipy"),
    "bpr_mf": Baseline("matrix factorization, BPR loss"),
    "warp_mf": Baseline("matrix factorization, WARP loss"),
    "ials": Baseline(
        "matrix factorization by weighted least squares; needs the package "
        "implicit",
    ),
    "vis_rank": Baseline(
        "cosine similarity of pretrained image features",
        ("features",),
    ),
    "vbpr": Baseline(
        "item ids and pretrained image features, BPR loss",
        ("features",),
    ),
    "deep_style": Baseline(
        "pretrained image features minus a category vector, BPR loss",
        ("features", "categories"),
    ),
    "fm": Baseline(
        "factorization machine on ids, categories and pretrained image "
        "features, BPR loss",
        ("features",),
    ),
}
"""All baselines, by name."""
