"""BPR-MF: matrix factorisation by pairwise comparison."""

from typing import Any

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.fit import FitConfig
from trainer.baselines.fit import fit
from trainer.metrics.ranking.scorer import Scorer

FACTORS = 64


class MatrixFactorization(Factors):
    """x_ui = gamma_u . gamma_i + beta_i, knowing items by their id alone.

    Args:
        data: What it is for.
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS + 1)

    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns the rows: gamma_i and beta_i."""
        return rows


def fit_bpr_mf(data: BaselineData) -> Scorer:
    """Fits matrix factorisation with the BPR loss.

    Source: Rendle et al., UAI 2009, section 4.3.1.
    """
    return fit(MatrixFactorization(data), data, FitConfig(row_penalty=0.03))
