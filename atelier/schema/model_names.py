"""Ids of the models in `metrics.json`, and their names for readers."""

TWO_TOWER = "two_tower"
FOLD_IN = "two_tower_fold_in"
OURS = (TWO_TOWER, FOLD_IN)
"""Models of Atelier; all others are baselines."""

_NAMES = {
    TWO_TOWER: ("Atelier's two-tower", "the trained model"),
    FOLD_IN: (
        "Atelier's two-tower, new user",
        "the trained model, if it knows the user only by their items",
    ),
    "random": ("Random", "random order"),
    "popularity": ("Popularity", "items with the most interactions first"),
    "item_knn": (
        "Item-KNN",
        "items that often occur together with the user's items",
    ),
    "ease": (
        "EASE",
        "linear weights between items that occur together, in closed form",
    ),
    "bpr_mf": ("BPR-MF", "matrix factorization with the BPR loss; no images"),
    "warp_mf": (
        "WARP-MF",
        "matrix factorization with the WARP loss; no images",
    ),
    "ials": (
        "iALS",
        "matrix factorization by weighted least squares; no images",
    ),
    "lightgcn": (
        "LightGCN",
        "ids, propagated over the graph of users and items; no images",
    ),
    "multvae": (
        "Mult-VAE",
        "variational autoencoder of the user's items; no images",
    ),
    "sasrec": (
        "SASRec",
        "attention over the order of the user's items; no images",
    ),
    "vis_rank": (
        "VisRank",
        "items that look like the user's items to a pretrained network",
    ),
    "content_rank": (
        "ContentRank",
        "items whose photo, attributes and text are like those of the user's "
        "items; nothing is learned",
    ),
    "vbpr": ("VBPR", "item ids and pretrained image features, BPR loss"),
    "deep_style": (
        "DeepStyle",
        "pretrained image features minus a category vector, BPR loss",
    ),
    "fm": (
        "Factorization machine",
        "ids, categories and pretrained image features, BPR loss",
    ),
    "freedom": (
        "FREEDOM",
        "LightGCN with a graph of items that look alike",
    ),
    "ease_visrank_popularity": (
        "EASE + VisRank + popularity",
        "weighted sum of their scores",
    ),
    "freedom_ease": ("FREEDOM + EASE", "weighted sum of their scores"),
    "content_ease_popularity": (
        "ContentRank + EASE + popularity",
        "weighted sum of their scores",
    ),
}


def name_of(model: str) -> str:
    """Returns the name of a model; the id of an unknown one."""
    return _NAMES[model][0] if model in _NAMES else model


def description_of(model: str) -> str:
    """Returns one line on how a model ranks; "" for an unknown one."""
    return _NAMES[model][1] if model in _NAMES else ""
