"""iALS: weighted matrix factorization, by the library `implicit`."""

from trainer.baselines.baseline import BaselineData
from trainer.baselines.interaction_matrix import purchase_matrix
from trainer.baselines.optional_dependency import require
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer

# H&M validation AUC .719 and NDCG@10 .061; 32 factors gave .722 and .047.
FACTORS = 128
REGULARISATION = 100.0
CONFIDENCE = 100.0
"""Alpha: weight of an observed interaction relative to an unobserved one."""

SWEEPS = 15


def fit_ials(data: BaselineData) -> Scorer:
    """Factorizes the interaction matrix by alternating least squares.

    Source: Hu, Koren and Volinsky, ICDM 2008.

    Raises:
        UserError: If `implicit` is not installed.
    """
    als = require("implicit.cpu.als", "ials")
    blas = require("threadpoolctl", "ials").threadpool_limits
    took = purchase_matrix(data, "ials")
    # `implicit` has threads of its own, which those of BLAS would slow down; it
    # warns about this when a model is built.
    with blas(1, "blas"):
        model = als.AlternatingLeastSquares(
            factors=FACTORS,
            regularization=REGULARISATION,
            alpha=CONFIDENCE,
            iterations=SWEEPS,
            random_state=data.seed,
        )
        model.fit(took, show_progress=False)
    return product_scorer(model.user_factors, model.item_factors)
