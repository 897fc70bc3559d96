"""FM: factorization machine on ids, categories and image features."""

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


class FactorizationMachine(Factors):
    """Factorization machine of degree 2, as a dot-product model.

    The score is the sum of w_k x_k and of <v_k, v_l> x_k x_l over k < l, where
    x holds the user and the item (one-hot), the category (one-hot) and the
    image features of the item. With s_i the sum of v_k x_k over the inputs of
    the item, it is v_u . s_i + b_i, where

        b_i = sum of w_k x_k + (|s_i|^2 - sum of |v_k|^2 x_k^2) / 2;

    terms of the user alone do not change a ranking and are left out.

    Args:
        data: Data with image features. Without categories, all items belong
            to one category.

    Example:
        >>> model = FactorizationMachine(data)
        >>> score = fit(model, data, FitConfig(shared_penalty=2e-5))
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS + 1)
        self.features = scaled_features(data)
        self._categories = (
            np.zeros(data.num_items, np.int64)
            if data.categories is None
            else data.categories
        )
        # The last column is w, here and in the item rows.
        self.category_rows = self.shared(
            (int(self._categories.max()) + 1, FACTORS + 1), INITIAL
        )
        width = self.features.shape[1]
        self.feature_rows = self.shared((width, FACTORS + 1), width**-0.5)

    def item_vectors(self, items: Any, rows: Any) -> Any:
        """Returns s_i and b_i."""
        features = ops.take(self.features, items, axis=0)
        categories = ops.take(
            self.category_rows, ops.take(self._categories, items), axis=0
        )
        # Stacked, because TensorFlow sums three terms in an arbitrary order.
        ids = ops.stack([rows, categories])
        total = ops.sum(ids, axis=0) + features @ self.feature_rows
        squares = ops.sum(ops.square(ids), axis=0) + ops.square(
            features
        ) @ ops.square(self.feature_rows)
        factors, linear = total[:, :-1], total[:, -1:]
        pairs = ops.square(factors) - squares[:, :-1]
        bias = linear + 0.5 * ops.sum(pairs, axis=1, keepdims=True)
        return ops.concatenate([factors, bias], axis=1)


def fit_fm(data: BaselineData) -> Scorer:
    """Fits a factorization machine of degree 2 with the BPR loss.

    A large part of its score does not depend on the user. If no held-out item
    has a training interaction, its AUC is below chance, like that of
    popularity.

    Source: Rendle, ICDM 2010, equations 1 and 5; the loss as in BPR-MF.
    """
    return fit(FactorizationMachine(data), data, FitConfig(shared_penalty=2e-5))
