"""Gaussian of the image codes of each category: the prior of a generator."""

from typing import Any

import keras
from keras import layers
from keras import ops

_RIDGE = 1e-3
"""Added to the variances, so that the covariance of few codes has a root."""


@keras.saving.register_keras_serializable(package="atelier")
class CategoryGaussian(layers.Layer):
    """Maps standard normal vectors z to codes of a category, and back.

    A code of category c is m + R z, with m the mean and R R^T the covariance of
    the codes of the category's images: moving averages, which `update` moves.
    Codes have a length of the square root of their dimension, so that neither
    their scale nor that of the Gaussian drifts in training. Before the first
    update a code is z.

    Source: the fit of a density to the codes of an autoencoder, Ghosh, Sajjadi,
    Vergari, Black and Schölkopf, "From variational to deterministic
    autoencoders", ICLR 2020; here with the mean and covariance moving in
    training.

    Example:
        prior = CategoryGaussian(num_categories=8, dim=96)
        prior.update(prior.moments(codes, category))
        new_codes = prior(z, category)

    Args:
        num_categories: Number of categories.
        dim: Dimension of the codes and of z.
        decay: Factor of the old average for each new code of a category.
        **kwargs: Further arguments of `keras.layers.Layer`.
    """

    def __init__(
        self,
        num_categories: int,
        dim: int,
        decay: float = 0.995,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._num_categories = num_categories
        self._dim = dim
        self._decay = decay
        square = (num_categories, dim, dim)
        self.count = self._statistic("count", (num_categories,), "zeros")
        self.mean = self._statistic("mean", (num_categories, dim), "zeros")
        self.second = self._statistic("second", square, _identity)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "num_categories": self._num_categories,
            "dim": self._dim,
            "decay": self._decay,
        }

    def call(self, z: Any, category: Any) -> Any:
        """Returns codes of a category, float [batch, dim].

        Args:
            z: Standard normal vectors, float [batch, dim].
            category: Category ids, int [batch].
        """
        root = self._roots(category)
        offset = ops.einsum("bij,bj->bi", root, ops.cast(z, root.dtype))
        return on_sphere(ops.take(self.mean, category, axis=0) + offset)

    def whiten(self, codes: Any, category: Any) -> Any:
        """Returns the z of codes, float [batch, dim]: the inverse of a call.

        Args:
            codes: Codes, float [batch, dim].
            category: Category ids, int [batch].
        """
        root = self._roots(category)
        offset = codes - ops.take(self.mean, category, axis=0)
        return ops.solve_triangular(root, offset[:, :, None], lower=True)[
            :, :, 0
        ]

    def moments(self, codes: Any, category: Any) -> list[Any]:
        """Returns sums over the codes of each category, for `update`.

        Several devices add theirs up.

        Args:
            codes: Codes, float [batch, dim].
            category: Category ids, int [batch].

        Returns:
            Number of codes, float [categories], sum of the codes, float
            [categories, dim], and sum of their outer products, float
            [categories, dim, dim].
        """
        member = ops.one_hot(category, self._num_categories, dtype="float32")
        codes = ops.cast(codes, "float32")
        return [
            ops.sum(member, axis=0),
            ops.einsum("bc,bi->ci", member, codes),
            ops.einsum("bc,bi,bj->cij", member, codes, codes),
        ]

    def update(self, moments: list[Any]) -> None:
        """Moves the averages towards new codes.

        Args:
            moments: Sums of the new codes, by `moments`.
        """
        number, *sums = moments
        count = self.count + number
        # The mean of all codes so far, until there are 1 / (1 - decay).
        share = ops.maximum(
            1.0 - self._decay**number, number / ops.maximum(count, 1.0)
        )
        self.count.assign(count)
        for statistic, total in zip(
            (self.mean, self.second), sums, strict=True
        ):
            shape = (-1,) + (1,) * (len(total.shape) - 1)
            average = total / ops.reshape(ops.maximum(number, 1.0), shape)
            statistic.assign(
                statistic + ops.reshape(share, shape) * (average - statistic)
            )

    def _roots(self, category: Any) -> Any:
        """Returns the roots R of the covariances, float [batch, dim, dim]."""
        outer = self.mean[:, :, None] * self.mean[:, None, :]
        eye = ops.eye(self._dim)
        covariance = self.second - outer + _RIDGE * eye
        # The decomposition raises on NaN; the mean carries it to the loss.
        covariance = ops.where(ops.isfinite(covariance), covariance, eye)
        return ops.take(ops.cholesky(covariance), category, axis=0)

    def _statistic(
        self, name: str, shape: tuple[int, ...], initializer: Any
    ) -> Any:
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
            name=name,
        )


def on_sphere(codes: Any) -> Any:
    """Returns codes rescaled to the length of a typical standard normal one.

    Args:
        codes: Codes, float [batch, dim].
    """
    square = ops.mean(ops.square(codes), axis=1, keepdims=True)
    return codes * ops.rsqrt(square + 1e-12)


def _identity(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return ops.broadcast_to(ops.eye(shape[-1], dtype=dtype), shape)
