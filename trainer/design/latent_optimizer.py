"""Preference maximisation: the designs of a category that a person likes most.

Over z, with G the generator, D the discriminator on the scale of least squares
and s the standard deviation of the scores that the real photos of the category
have for that person,

    theta_u . Phi(G(z, c)) / s - eta min(D(G(z, c), c), 0)^2

is maximised; z = bound * tanh(w), so that it stays where G was trained. Divided
by s, one eta fits every recommender, whatever the scale of its scores. Each
start is the best of many random draws, and climbs by itself, in small steps;
Phi sees the images of each step a little moved (`jitter.py`).

Source: Kang et al. 2017, section III-F, and its released code, but for three
things, without which another recommender saw nothing of the gain
(docs/designs.md):

- The paper asks for (D - 1)^2, as real as a photo. G cannot draw that, so what
  is found has learned to please D. Here what is drawn by chance is real enough,
  which is 0, and only what is less real costs.
- The paper climbs from any draw. The best of some hundred scores about as high
  as what a climb from one reaches, and others like it too: it was chosen among
  what G draws, not fitted.
- Adam moves each of hundreds of numbers of z by its learning rate. With .05 for
  40 steps that is as far as another draw; .01 stays near what was chosen.
"""

import dataclasses
import functools
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from atelier.io.errors import UserError
from trainer.design.design_request import DesignRequest
from trainer.design.gradient_ascent import adam_ascent
from trainer.design.image_scorer import Preference
from trainer.design.random_shift import random_shift


class Designs(NamedTuple):
    """Images, and what is said of them.

    Attributes:
        w: What they are drawn from, float32 [n, z_dim].
        images: RGB, float32 [n, size, size, 3] in [-1, 1].
        preferences: theta . Phi, float32 [n].
        realism: 1 like a photo, 0 like made, float32 [n].
    """

    w: Any
    images: Any
    preferences: Any
    realism: Any


@dataclasses.dataclass(frozen=True)
class SearchConfig:
    """How designs are searched for.

    Attributes:
        num_starts: Number of starts.
        candidates_per_start: Random draws that each start is the best of.
        steps: Of Adam, from each.
        learning_rate: Of Adam.
        realism: Eta: what it costs to be less real than what is drawn by
            chance, by 1, in standard deviations of the scores of photos.
    """

    num_starts: int = 32
    candidates_per_start: int = 64
    steps: int = 40
    learning_rate: float = 0.01
    realism: float = 10.0

    def __post_init__(self) -> None:
        """Checks the values, which are flags of the same names.

        Raises:
            UserError: If one is out of its range.
        """
        for name, least in (
            ("num_starts", 1),
            ("candidates_per_start", 1),
            ("steps", 0),
            ("realism", 0),
        ):
            if not getattr(self, name) >= least:
                raise UserError(
                    f"--{name} must be at least {least}, got "
                    f"{getattr(self, name)}"
                )


@dataclasses.dataclass(frozen=True)
class LatentOptimizer:
    """Draws designs, at random or for a person; each method works in a graph.

    Attributes:
        generator: From z [n, z_dim] and categories [n] to images in [-1, 1].
        discriminator: From images and categories to float [n].
        z_dim: Width of z.
        bound: z stays between -bound and bound, where G was trained.
        preference: What the recommender says of images.
        search: How designs are searched for.
    """

    generator: Any
    discriminator: Any
    z_dim: int
    bound: float
    preference: Preference
    search: SearchConfig = dataclasses.field(default_factory=SearchConfig)

    def random(self, number: int, seed: Any) -> tf.Tensor:
        """Returns random w; z is close to normal, float32 [number, z_dim].

        Args:
            number: How many.
            seed: Int [2]; the same gives the same.
        """
        shape = (number, self.z_dim)
        return tf.random.stateless_normal(shape, seed) / self.bound

    def starts(self, numbers: Any, wish: DesignRequest) -> tf.Tensor:
        """Returns the best draws, float32 [n, z_dim].

        Args:
            numbers: Which starts of the search, int32 [n].
            wish: What is asked for.
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
        """Draws images.

        Args:
            w: float32 [n, z_dim].
            wish: Whose preferences are returned, and the category.
        """
        images, realism = self._images(w, wish)
        preferences = self.preference.score(images, wish.person)
        return Designs(w, images, preferences, realism)

    def objective(self, w: Any, wish: DesignRequest, step: Any) -> tf.Tensor:
        """Returns what is maximised, float32 [n].

        Args:
            w: float32 [n, z_dim].
            wish: What is asked for.
            step: By which the images are moved, int32 scalar.
        """
        images, realism = self._images(w, wish)
        seen = random_shift(images, pair(wish.seed, step))
        preferences = self.preference.score(seen, wish.person)
        return self.worth(Designs(w, images, preferences, realism), wish)

    def maximise(self, w: Any, wish: DesignRequest) -> Designs:
        """Climbs from starts, and draws what was reached.

        Args:
            w: float32 [n, z_dim].
            wish: What is asked for.
        """
        reached = adam_ascent(
            lambda points, step: self.objective(points, wish, step),
            w,
            self.search.steps,
            self.search.learning_rate,
        )
        return self.draw(reached, wish)

    def find(self, numbers: Any, wish: DesignRequest) -> Designs:
        """Climbs from the best draws.

        Args:
            numbers: Which starts of the search, int32 [n].
            wish: What is asked for.
        """
        return self.maximise(self.starts(numbers, wish), wish)

    def design(self, wish: DesignRequest) -> Designs:
        """Climbs from all starts, and keeps the one of the largest value.

        Args:
            wish: What is asked for.

        Returns:
            One design, as a row.
        """
        found = self.find(tf.range(self.search.num_starts), wish)
        best = tf.math.top_k(self.worth(found, wish), 1).indices
        return Designs(*(tf.gather(part, best) for part in found))

    @functools.cached_property
    def find_in_graph(self) -> Any:
        """`find`, traced once for each number of starts."""
        return tf.function(self.find)

    def images(self, w: Any, category: Any) -> Any:
        """Returns what w looks like, float32 [n, size, size, 3] in [-1, 1].

        Args:
            w: float32 [n, z_dim].
            category: Its index, int scalar; or one of each row, [n].
        """
        categories = tf.broadcast_to(category, tf.shape(w)[:1])
        z = self.bound * tf.tanh(w)
        return self.generator(z, categories, training=False)

    def worth(self, made: Designs, wish: DesignRequest) -> Any:
        """Returns the value of designs; see the module, float32 [n].

        Args:
            made: The designs.
            wish: What was asked for.
        """
        lack = tf.minimum(made.realism, 0.0) ** 2
        return made.preferences / wish.spread - self.search.realism * lack

    def _images(self, w: Any, wish: DesignRequest) -> tuple[Any, Any]:
        """Returns images and how real they look."""
        images = self.images(w, wish.category)
        categories = tf.broadcast_to(wish.category, tf.shape(w)[:1])
        scores = self.discriminator(images, categories, training=False)
        return images, wish.scale.realism(scores)


def pair(seed: Any, number: Any) -> tf.Tensor:
    """Returns the seed of one of several draws, int64 [2]."""
    return tf.stack([tf.cast(one, tf.int64) for one in (seed, number)])
