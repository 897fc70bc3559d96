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

    def random(self, number: int, seed: Any) -> tf.Tensor:
        """Samples latent vectors w, so that z is approximately normal.

        Args:
            number: Number of vectors.
            seed: Random seed, int [2].

        Returns:
            Latent vectors, float32 [number, z_dim].
        """
        shape = (number, self.z_dim)
        return tf.random.stateless_normal(shape, seed) / self.bound

    def starts(self, numbers: Any, wish: DesignRequest) -> tf.Tensor:
        """Returns starting points: the best of random latent vectors.

        Args:
            numbers: Indices of the starting points, int32 [n].
            wish: Design request.

        Returns:
            Latent vectors w, float32 [n, z_dim].
        """

        def best(number: tf.Tensor) -> tf.Tensor:
            w = self.random(
                self.search.candidates_per_start, pair(wish.seed, number)
            )
            worth = self.worth(self.draw(w, wish), wish)
            return w[tf.argmax(worth)]

        return tf.map_fn(
            best,
            numbers,
            fn_output_signature=tf.TensorSpec([self.z_dim], tf.float32),
            parallel_iterations=1,
        )

    def draw(self, w: Any, wish: DesignRequest) -> Designs:
        """Generates images and computes their scores.

        Args:
            w: Latent vectors, float32 [n, z_dim].
            wish: Design request with the user and the category.
        """
        images, realism = self._images(w, wish)
        preferences = self.preference.score(images, wish.person)
        return Designs(w, images, preferences, realism)

    def objective(self, w: Any, wish: DesignRequest, step: Any) -> tf.Tensor:
        """Computes the maximized objective.

        Args:
            w: Latent vectors, float32 [n, z_dim].
            wish: Design request.
            step: Step index, int32 scalar, which seeds the random shift.

        Returns:
            Values, float32 [n].
        """
        images, realism = self._images(w, wish)
        seen = random_shift(images, pair(wish.seed, step))
        preferences = self.preference.score(seen, wish.person)
        return self.worth(Designs(w, images, preferences, realism), wish)

    def maximise(self, w: Any, wish: DesignRequest, steps: int) -> Designs:
        """Maximizes the objective from given starting points.

        Args:
            w: Latent vectors of the starting points, float32 [n, z_dim].
            wish: Design request.
            steps: Optimization steps.
        """
        reached = adam_ascent(
            lambda points, step: self.objective(points, wish, step),
            w,
            steps,
            self.search.learning_rate,
        )
        return self.draw(reached, wish)

    def find(self, numbers: Any, wish: DesignRequest) -> Designs:
        """Maximizes the objective from the starting points of the search.

        Args:
            numbers: Indices of the starting points, int32 [n].
            wish: Design request.
        """
        starts = self.starts(numbers, wish)
        return self.maximise(starts, wish, self.search.steps)

    def design(self, wish: DesignRequest) -> Designs:
        """Maximizes from all starting points and returns the best design.

        Args:
            wish: Design request.

        Returns:
            The best design, with a batch dimension of 1.
        """
        found = self.find(tf.range(self.search.num_starts), wish)
        best = tf.math.top_k(self.worth(found, wish), 1).indices
        return Designs(*(tf.gather(part, best) for part in found))

    @functools.cached_property
    def find_in_graph(self) -> Any:
        """`find` as a `tf.function`, traced once per number of starts."""
        return tf.function(self.find)

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

    def worth(self, made: Designs, wish: DesignRequest) -> Any:
        """Computes the objective from the scores of generated images.

        Args:
            made: Generated images with their scores.
            wish: Design request.

        Returns:
            Values of the objective of the module docstring, float32 [n].
        """
        lack = tf.minimum(made.realism, 0.0) ** 2
        return made.preferences / wish.spread - self.search.realism * lack

    def _images(self, w: Any, wish: DesignRequest) -> tuple[Any, Any]:
        """Returns the images of latent vectors and their realism."""
        images = self.images(w, wish.category)
        categories = tf.broadcast_to(wish.category, tf.shape(w)[:1])
        scores = self.discriminator(images, categories, training=False)
        return images, wish.scale.realism(scores)


def pair(seed: Any, number: Any) -> tf.Tensor:
    """Combines a seed and an index into a stateless seed, int64 [2]."""
    return tf.stack([tf.cast(one, tf.int64) for one in (seed, number)])
