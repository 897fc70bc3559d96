"""Validation metrics of the recommender, computed after each epoch."""

from trainer.data.interactions import Interactions
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.per_user import mean_metrics
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer
from trainer.metrics.ranking.scorer import with_ease
from trainer.models.embeddings import Embeddings
from trainer.training.trainer_protocol import Logs

_METRICS = ("auc", "hr@10", "ndcg@10")


def scorer_of(vectors: Embeddings, interactions: Interactions) -> Scorer:
    """Returns the scorer of a model's precomputed embeddings.

    Args:
        vectors: User and item embeddings of the model, and its EASE weights.
        interactions: Interactions; EASE reads the training histories.
    """
    return with_ease(
        product_scorer(vectors.users, vectors.items),
        vectors.ease,
        interactions.train,
        vectors.history_weights,
    )


def validate(score: Scorer, interactions: Interactions) -> Logs:
    """Ranks the validation items among the whole catalog.

    Args:
        score: Scorer of the model.
        interactions: Interactions with validation pairs.

    Returns:
        `val_auc`, `val_hr@10` and `val_ndcg@10`.
    """
    ranking = rank_held_out(score, HeldOut.of_split(interactions, "validation"))
    means = mean_metrics(ranking.ranks)
    return {f"val_{name}": means[name] for name in _METRICS}
