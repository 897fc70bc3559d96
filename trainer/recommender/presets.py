"""Presets: named flag values that single flags override."""

from typing import Any

AUTO = "auto"
NO_IMAGE = "none"
"""Value of `backbone` of a model that reads no images."""
_PRESETS: dict[str, dict[str, Any]] = {
    "laptop": {
        "backbone": "small",
        "batch_size": 64,
        "epochs": 12,
        "learning_rate": 1e-3,
    },
    # Network and settings of the released code (Kang et al. 2017).
    "dvbpr": {
        "backbone": "cnn_f",
        "embedding_dim": 100,
        "learning_rate": 1e-4,
        "batch_size": 128,
        "epochs": 20,
    },
    "hybrid": {
        "backbone": "efficientnet_lite0",
        "frozen_stages": -1,
        "pca_components": 256,
        "embedding_dim": 256,
        "user_tower": "history",
        "item_embeddings": True,
        "ease_weight": 50.0,
        "loss": "softmax",
        "positives_per_image": 1,
        "negatives": "mixed",
        "num_negatives": 4096,
        "batch_size": 512,
        "epochs": 8,
        "learning_rate": 3e-3,
        "warmup_epochs": 0.5,
        "final_lr_fraction": 0.05,
        "cnn_l2": 0.0,
        "user_l2": 0.0,
        "feature_dropout": 0.1,
        "item_embedding_dropout": 0.3,
        "history_dropout": 0.2,
    },
    # All that a shop knows of an item: photo, attributes and text.
    "content": {
        "backbone": "efficientnet_lite0",
        "frozen_stages": -1,
        "pca_components": 256,
        "content": "attributes,text",
        "embedding_dim": 256,
        "user_tower": "history",
        "item_embeddings": True,
        "ease_weight": 60.0,
        "similarity_weight": 6.0,
        "loss": "softmax",
        "bpr_weight": 3.0,
        "positives_per_image": 1,
        "negatives": "mixed",
        "num_negatives": 8192,
        "batch_size": 512,
        "epochs": 6,
        "learning_rate": 2e-3,
        "warmup_epochs": 0.5,
        "final_lr_fraction": 0.05,
        "cnn_l2": 0.0,
        "user_l2": 0.0,
        "feature_dropout": 0.2,
        "modality_dropout": 0.1,
        "item_embedding_dropout": 0.5,
        "history_dropout": 0.3,
        "projection_init_scale": 1.0,
    },
}

PRESETS = {AUTO: _PRESETS["hybrid"], **_PRESETS}
"""Values that each preset changes from the `RecommenderConfig` defaults.

The first is the default preset. `fit_preset` fits some to the data.
"""
