"""Baseline recommenders, one per module, fitted to the same data.

The table here serves `--help`, which must not wait for TensorFlow;
`fit_baseline` fits them.
"""

from typing import Literal

Need = Literal["features", "categories", "content", "times"]

BASELINES: dict[str, tuple[Need, ...]] = {
    "random": (),
    "popularity": (),
    "item_knn": (),
    "ease": (),
    "bpr_mf": (),
    "warp_mf": (),
    "ials": (),
    "lightgcn": (),
    "multvae": (),
    "sasrec": ("times",),
    "vis_rank": ("features",),
    "content_rank": ("features", "content"),
    "vbpr": ("features",),
    "deep_style": ("features", "categories"),
    "fm": ("features",),
    "freedom": ("features",),
    "ease_visrank_popularity": ("features",),
    "freedom_ease": ("features",),
    "content_ease_popularity": ("features", "content"),
}
"""Optional data of `BaselineData` that each baseline needs, by its name."""
