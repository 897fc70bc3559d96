"""Preference maximization: latent vectors of the images a user likes most.

The objective, maximized over the latent vector z, is

    theta_u . Phi(G(z, c)) / s - eta min(D(G(z, c), c), 0)^2

with G the generator, D the discriminator on the least-squares scale and s the
standard deviation of the user's scores of the catalog images of category c.
The parametrization z = bound * tanh(w) keeps z in the range that G was trained
on. Division by s makes one eta suitable for every recommender, whatever the
scale of its scores. Each start is the best of many random images. By default
that is the result; with `steps`, each is optimized independently in small
steps, in which Phi sees the images with a small random shift
(`random_shift.py`).

Source: Kang et al. 2017, section III-F, and its released code, with three
changes. Without them a second recommender did not confirm any gain
(docs/designs.md):

- The paper's penalty (D - 1)^2 demands images as real as real ones. G cannot
  generate these, so the search finds adversarial examples of D. Here the
  realism of a random generated image, 0, is sufficient, and only less real
  images are penalized.
- The paper starts at an arbitrary random image. The best of some hundred random
  images scores about as high as the maximum reached from a single one, and it
  also scores high with other recommenders, because it was selected, not
  optimized.
- Adam moves each of the hundreds of dimensions of z by the learning rate per
  step. With .05 and 40 steps the result is as far away as another random
  image; with .01 it stays near the start.
"""

import dataclasses
import functools
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from trainer.design.design_request import DesignRequest
from trainer.design.gradient_ascent import adam_ascent
from trainer.design.image_scorer import Preference
from trainer.design.random_shift import random_shift
from trainer.design.search_config import SearchConfig


class Designs(NamedTuple):
    """Generated images with their scores.

    Attributes:
        w: Latent vectors, z = bound * tanh(w), float32 [n, z_dim].
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
        preferences: Preference scores theta . Phi, float32 [n].
        realism: Realism: 1 for real, 0 for generated images, float32 [n].
    """

    w: Any
    images: Any
    preferences: Any
    realism: Any


@dataclasses.dataclass(frozen=True)
class LatentOptimizer:
    """Optimizes latent vectors for a user; each method also works in a graph.

    Attributes:
        generator: Model of z, float32 [n, z_dim], and category indices, int
            [n], to RGB images, float32 [n, size, size, 3] in [-1, 1].
        discriminator: Model of images and category indices to scores, float32
            [n].
        z_dim: Dimension of z.
        bound: Bound of z: each dimension stays between -bound and bound.
        preference: Preference model that scores images.
        search: Parameters of the search.

    Example:
        optimizer = LatentOptimizer(
            gan.generator, gan.discriminator, gan.z_dim, 2.0, preference
        )
        best = optimizer.design(request)
        image = best.images[0]
    """

    generator: Any
    discriminator: Any
    z_dim: int
    bound: float
    preference: Preference
    search: SearchConfig = dataclasses.field(default_factory=SearchConfig)

    def random(self, num_vectors: int, seed: Any) -> tf.Tensor:
        """Samples latent vectors w, so that z is approximately normal.

        Args:
            num_vectors: Number of vectors.
            seed: Random seed, int [2].

        Returns:
            Latent vectors, float32 [num_vectors, z_dim].
        """
        shape = (num_vectors, self.z_dim)
        return tf.random.stateless_normal(shape, seed) / self.bound

    def starts(self, indices: Any, request: DesignRequest) -> tf.Tensor:
        """Returns starting points: the best of random latent vectors.

        Args:
            indices: Indices of the starting points, int32 [n].
            request: Design request.

        Returns:
            Latent vectors w, float32 [n, z_dim].
        """

        def best(index: tf.Tensor) -> tf.Tensor:
            w = self.random(
                self.search.candidates_per_start, pair(request.seed, index)
            )
            worth = self.worth(self.draw(w, request), request)
            return w[tf.argmax(worth)]

        return tf.map_fn(
            best,
            indices,
            fn_output_signature=tf.TensorSpec([self.z_dim], tf.float32),
            parallel_iterations=1,
        )

    def draw(self, w: Any, request: DesignRequest) -> Designs:
        """Generates images and computes their scores.

        Args:
            w: Latent vectors, float32 [n, z_dim].
            request: Design request with the user and the category.
        """
        images, realism = self._images(w, request)
        preferences = self.preference.score(images, request.user_vector)
        return Designs(w, images, preferences, realism)

    def objective(self, w: Any, request: DesignRequest, step: Any) -> tf.Tensor:
        """Computes the maximized objective.

        Args:
            w: Latent vectors, float32 [n, z_dim].
            request: Design request.
            step: Step index, int32 scalar, which seeds the random shift.

        Returns:
            Values, float32 [n].
        """
        images, realism = self._images(w, request)
        seen = random_shift(images, pair(request.seed, step))
        preferences = self.preference.score(seen, request.user_vector)
        return self.worth(Designs(w, images, preferences, realism), request)

    def maximize(self, w: Any, request: DesignRequest, steps: int) -> Designs:
        """Maximizes the objective from given starting points.

        Args:
            w: Latent vectors of the starting points, float32 [n, z_dim].
            request: Design request.
            steps: Optimization steps.
        """
        reached = adam_ascent(
            lambda points, step: self.objective(points, request, step),
            w,
            steps,
            self.search.learning_rate,
        )
        return self.draw(reached, request)

    def find(self, indices: Any, request: DesignRequest) -> Designs:
        """Maximizes the objective from the starting points of the search.

        Args:
            indices: Indices of the starting points, int32 [n].
            request: Design request.
        """
        starts = self.starts(indices, request)
        return self.maximize(starts, request, self.search.steps)

    def design(self, request: DesignRequest) -> Designs:
        """Maximizes from all starting points and returns the best design.

        Args:
            request: Design request.

        Returns:
            The best design, with a batch dimension of 1.
        """
        designs = self.find(tf.range(self.search.num_starts), request)
        best = tf.math.top_k(self.worth(designs, request), 1).indices
        return Designs(*(tf.gather(part, best) for part in designs))

    @functools.cached_property
    def find_in_graph(self) -> Any:
        """`find` as a `tf.function`, traced once per number of starts."""
        return tf.function(self.find, autograph=False)

    def images(self, w: Any, category: Any) -> Any:
        """Generates the images of latent vectors.

        Args:
            w: Latent vectors, float32 [n, z_dim].
            category: Category index, int scalar, or one per row, int [n].

        Returns:
            RGB images, float32 [n, size, size, 3] in [-1, 1].
        """
        categories = tf.broadcast_to(category, tf.shape(w)[:1])
        z = self.bound * tf.tanh(w)
        return self.generator(z, categories, training=False)

    def worth(self, made: Designs, request: DesignRequest) -> Any:
        """Computes the objective from the scores of generated images.

        Args:
            made: Generated images with their scores.
            request: Design request.

        Returns:
            Values of the objective of the module docstring, float32 [n].
        """
        lack = tf.minimum(made.realism, 0.0) ** 2
        return made.preferences / request.spread - self.search.realism * lack

    def _images(self, w: Any, request: DesignRequest) -> tuple[Any, Any]:
        """Returns the images of latent vectors and their realism."""
        images = self.images(w, request.category)
        categories = tf.broadcast_to(request.category, tf.shape(w)[:1])
        scores = self.discriminator(images, categories, training=False)
        return images, request.scale.realism(scores)


def pair(seed: Any, index: Any) -> tf.Tensor:
    """Combines a seed and an index into a stateless seed, int64 [2]."""
    return tf.stack([tf.cast(part, tf.int64) for part in (seed, index)])
