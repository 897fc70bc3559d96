"""DeepStyle: image features minus a learned vector of the category."""

from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import INITIAL
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.scaling import scaled_features
from trainer.baselines.training_loop import FitConfig
from trainer.baselines.training_loop import fit
from trainer.metrics.ranking.scorer import Scorer

FACTORS = 64


class DeepStyleModel(Factors):
    """DeepStyle x_ui = gamma_u . (E f_i - l_c + gamma_i), c the category of i.

    Args:
        data: Data with image features and categories.

    Example:
        >>> model = DeepStyleModel(data)
        >>> score = fit(model, data, FitConfig(shared_penalty=2e-4))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS)
        self.features = scaled_features(data)
        self._categories = np.asarray(data.categories, np.int64)
        width = self.features.shape[1]
        self.projection = self.shared((width, FACTORS), width**-0.5)
        self.categories = self.shared(
            (int(self._categories.max()) + 1, FACTORS), INITIAL
        )

    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns the style vectors and a bias of 0: DeepStyle has no bias."""
        shown = ops.take(self.features, items, axis=0) @ self.projection
        category = ops.take(
            self.categories, ops.take(self._categories, items), axis=0
        )
        return ops.pad(shown - category + rows, [[0, 0], [0, 1]])


def fit_deep_style(data: BaselineData) -> Scorer:
    """Fits DeepStyle with the BPR loss.

    Source: Liu, Wu and Wang, SIGIR 2017, equation 3.
    """
    return fit(DeepStyleModel(data), data, FitConfig(shared_penalty=2e-4))
