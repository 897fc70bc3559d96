"""BPR-MF: matrix factorization with the pairwise BPR loss."""

from typing import Any

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.metrics.ranking.scorer import Scorer

FACTORS = 64


class MatrixFactorization(Factors):
    """Matrix factorization x_ui = gamma_u . gamma_i + beta_i, by ids alone.

    Args:
        data: Interactions that give the number of users and items.

    Example:
        >>> model = MatrixFactorization(data)
        >>> score = fit(model, data, FitConfig(row_penalty=0.03))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS + 1)

    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns gamma_i and beta_i, which are the item rows."""
        return rows


def fit_bpr_mf(data: BaselineData) -> Scorer:
    """Fits matrix factorization with the BPR loss.

    Source: Rendle et al., UAI 2009, section 4.3.1.
    """
    return fit(MatrixFactorization(data), data, FitConfig(row_penalty=0.03))
