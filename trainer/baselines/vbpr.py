"""VBPR: matrix factorization with pretrained image features."""

from typing import Any

from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.scaling import scaled_features
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.metrics.ranking.scorer import Scorer

FACTORS = 64
VISUAL_FACTORS = 64


class VBPRModel(Factors):
    """VBPR x_ui = gamma_u . gamma_i + theta_u . (E f_i) + beta_i + beta' . f_i.

    E and beta' are one matrix, with beta' as its last column.

    Args:
        data: Data with image features.

    Example:
        >>> model = VBPRModel(data)
        >>> score = fit(model, data, FitConfig(shared_penalty=2e-4))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, FACTORS + VISUAL_FACTORS, FACTORS + 1)
        self.features = scaled_features(data)
        width = self.features.shape[1]
        self.projection = self.shared((width, VISUAL_FACTORS + 1), width**-0.5)

    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns gamma_i, E f_i and the bias beta_i + beta' . f_i."""
        visual = ops.take(self.features, items, axis=0) @ self.projection
        return ops.concatenate(
            [
                rows[:, :FACTORS],
                visual[:, :VISUAL_FACTORS],
                rows[:, FACTORS:] + visual[:, VISUAL_FACTORS:],
            ],
            axis=1,
        )


def fit_vbpr(data: BaselineData) -> Scorer:
    """Fits VBPR with the BPR loss.

    Source: He and McAuley, AAAI 2016, equations 4 and 7.
    """
    return fit(VBPRModel(data), data, FitConfig(shared_penalty=2e-4))
