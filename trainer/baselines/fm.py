"""FM: a factorisation machine on ids, categories and features."""

from typing import Any

import numpy as np
from keras import ops

from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import INITIAL
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.fit import FitConfig
from trainer.baselines.fit import fit
from trainer.baselines.scaling import scaled_features
from trainer.metrics.ranking.scorer import Scorer

FACTORS = 64


class FactorizationMachine(Factors):
    """The sum of w_k x_k and of <v_k, v_l> x_k x_l over k < l.

    x holds the user and the item (one-hot), the category (one-hot) and the
    features of the item. With s_i the sum of v_k x_k over what belongs to the
    item, this is v_u . s_i + b_i, where

        b_i = sum of w_k x_k + (|s_i|^2 - sum of |v_k|^2 x_k^2) / 2;

    what belongs to the user alone changes no ranking and is left out.

    Args:
        data: What it is for, with features; without categories, all items
            are of one.
    """

    def __init__(self, data: BaselineData) -> None:
        super().__init__(data, user_width=FACTORS, item_width=FACTORS + 1)
        self.features = scaled_features(data)
        self._categories = (
            np.zeros(data.num_items, np.int64)
            if data.categories is None
            else data.categories
        )
        # The last column is w, in the rows of items as well.
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
        # Stacked, as TensorFlow adds up three terms in an order of the day.
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
    """Fits a factorisation machine of degree 2 with the BPR loss.

    It learns much about items apart from people. Where every held-out item is
    one that nobody took in train, that leads it below chance, as it does
    popularity.

    Source: Rendle, ICDM 2010, equations 1 and 5; the loss as in BPR-MF.
    """
    return fit(FactorizationMachine(data), data, FitConfig(shared_penalty=2e-5))
