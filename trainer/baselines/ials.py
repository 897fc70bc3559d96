"""iALS: weighted matrix factorization, by the library `implicit`."""

from threadpoolctl import threadpool_limits

from atelier.io.errors import UserError
from trainer.baselines.baseline import BaselineData
from trainer.baselines.interaction_matrix import interaction_matrix
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer

# H&M validation AUC .719 and NDCG@10 .061; 32 factors gave .722 and .047.
FACTORS = 128
REGULARIZATION = 100.0
CONFIDENCE = 100.0
"""Alpha: weight of an observed interaction relative to an unobserved one."""

SWEEPS = 15


def fit_ials(data: BaselineData) -> Scorer:
    """Factorizes the interaction matrix by alternating least squares.

    Source: Hu, Koren and Volinsky, ICDM 2008.

    Raises:
        UserError: If `implicit` is not installed.
    """
    try:
        from implicit.cpu.als import AlternatingLeastSquares
    except ImportError as error:
        raise UserError(
            "the baseline ials needs the package implicit, which is not "
            "installed; pip install implicit, or leave ials out"
        ) from error
    # `implicit` has threads of its own, which those of BLAS would slow down; it
    # warns about this when a model is built.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=FACTORS,
            regularization=REGULARIZATION,
            alpha=CONFIDENCE,
            iterations=SWEEPS,
            random_state=data.seed,
        )
        model.fit(interaction_matrix(data), show_progress=False)
    return product_scorer(model.user_factors, model.item_factors)
