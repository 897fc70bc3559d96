"""Keras models and their training: towers, losses, metrics, baselines, loop.

`__all__` is the public API. A run in Python is in `examples/quickstart.py`.
"""

from atelier.lazy_attributes import lazy_attributes

_MODULES = {
    # Runs: a configuration, the data it trains on, and the results.
    "Run": "trainer.training.run",
    "RecommenderConfig": "trainer.recommender.config",
    "EvaluationConfig": "trainer.evaluation.config",
    "PretrainingConfig": "trainer.attribute_pretraining.config",
    "GanConfig": "trainer.gan.config",
    "pretrain": "trainer.attribute_pretraining.train",
    "train": "trainer.recommender.train",
    "train_gan": "trainer.gan.train",
    "evaluate": "trainer.evaluation.evaluate",
    # Trained models.
    "TrainedRecommender": "trainer.recommender.trained_model",
    "load_best_model": "trainer.recommender.trained_model",
    "load_recommender": "trainer.recommender.trained_model",
    "load_trained_gan": "trainer.gan.trained_gan",
    "SearchConfig": "trainer.design.search_config",
    "DesignContext": "trainer.design.design_context",
    "generate_designs": "trainer.design.design_set",
    # Keras models, losses and an optimizer for `compile` and `fit`.
    "EmbeddingTable": "trainer.models.layers.embedding_table",
    "ItemTower": "trainer.models.towers.item_tower",
    "TwoTower": "trainer.models.towers.two_tower",
    "BPR": "trainer.models.losses.bpr",
    "SampledSoftmax": "trainer.models.losses.sampled_softmax",
    "WARP": "trainer.models.losses.warp",
    "LazyAdam": "trainer.training.lazy_adam",
}
__all__ = list(_MODULES)
__getattr__, __dir__ = lazy_attributes(__name__, _MODULES)
