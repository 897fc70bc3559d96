"""Preference maximisation: the designs of a category that a person likes most.

Over z, with G the generator, D the discriminator on the scale of least squares
and s the standard deviation of the scores that the real photos of the category
have for that person,

    theta_u . Phi(G(z, c)) / s - eta (D(G(z, c), c) - 1)^2

is maximised; z = bound * tanh(w), so that it stays where G was trained. Times s
this is the form of the paper, with eta s for its eta of 1: divided by s, one
eta fits every recommender, whatever the scale of its scores. Many random starts
climb in one batch, each by itself; Phi sees the images of each step a little
moved (`jitter.py`).

Source: Kang et al. 2017, section III-F, and its released code.
"""

import dataclasses
import functools
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from records.errors import UserError
from trainer.design.ascend import ascend
from trainer.design.jitter import moved
from trainer.design.preference import Preference
from trainer.design.wish import Wish


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
class Search:
    """How designs are searched for.

    Attributes:
        starts: How many random starts.
        steps: Of Adam, from each.
        learning_rate: Of Adam.
        realism: Eta: what it costs to be off a photo's realism by 1, in
            standard deviations of the scores of photos. With 1 a GAN of 500
            steps drew black squares, with 10 it drew dresses.
    """

    starts: int = 32
    steps: int = 40
    learning_rate: float = 0.05
    realism: float = 10.0

    def __post_init__(self) -> None:
        """Checks the values, which are flags of the same names.

        Raises:
            UserError: If one is out of its range.
        """
        for name, least in (("starts", 1), ("steps", 1), ("realism", 0)):
            if not getattr(self, name) >= least:
                raise UserError(
                    f"--{name} must be at least {least}, got "
                    f"{getattr(self, name)}"
                )


@dataclasses.dataclass(frozen=True)
class Designer:
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
    search: Search = dataclasses.field(default_factory=Search)

    def starts(self, seed: Any) -> tf.Tensor:
        """Returns random w; z is close to normal, float32 [starts, z_dim].

        Args:
            seed: Int scalar; the same gives the same.
        """
        shape = (self.search.starts, self.z_dim)
        return tf.random.stateless_normal(shape, pair(seed, 0)) / self.bound

    def draw(self, w: Any, wish: Wish) -> Designs:
        """Draws images.

        Args:
            w: float32 [n, z_dim].
            wish: Whose preferences are returned, and the category.
        """
        images, realism = self._images(w, wish)
        preferences = self.preference.score(images, wish.person)
        return Designs(w, images, preferences, realism)

    def objective(self, w: Any, wish: Wish, step: Any) -> tf.Tensor:
        """Returns what is maximised, float32 [n].

        Args:
            w: float32 [n, z_dim].
            wish: What is asked for.
            step: By which the images are moved, int32 scalar.
        """
        images, realism = self._images(w, wish)
        seen = moved(images, pair(wish.seed, step))
        preferences = self.preference.score(seen, wish.person)
        return self._worth(preferences, realism, wish)

    def maximise(self, w: Any, wish: Wish) -> Designs:
        """Climbs from starts, and draws what was reached.

        Args:
            w: float32 [n, z_dim].
            wish: What is asked for.
        """
        reached = ascend(
            lambda points, step: self.objective(points, wish, step),
            w,
            self.search.steps,
            self.search.learning_rate,
        )
        return self.draw(reached, wish)

    def design(self, wish: Wish) -> Designs:
        """Climbs from all starts, and keeps the one of the largest value.

        Args:
            wish: What is asked for.

        Returns:
            One design, as a row.
        """
        found = self.maximise(self.starts(wish.seed), wish)
        worth = self._worth(found.preferences, found.realism, wish)
        best = tf.math.top_k(worth, 1).indices
        return Designs(*(tf.gather(part, best) for part in found))

    @functools.cached_property
    def maximise_in_graph(self) -> Any:
        """`maximise`, traced once for each number of starts."""
        return tf.function(self.maximise)

    def images(self, w: Any, category: Any) -> Any:
        """Returns what w looks like, float32 [n, size, size, 3] in [-1, 1].

        Args:
            w: float32 [n, z_dim].
            category: Its index, int scalar; or one of each row, [n].
        """
        categories = tf.broadcast_to(category, tf.shape(w)[:1])
        z = self.bound * tf.tanh(w)
        return self.generator(z, categories, training=False)

    def _worth(self, preferences: Any, realism: Any, wish: Wish) -> Any:
        """Returns the value of images; see the module, float32 [n]."""
        lack = (realism - 1.0) ** 2
        return preferences / wish.spread - self.search.realism * lack

    def _images(self, w: Any, wish: Wish) -> tuple[Any, Any]:
        """Returns images and how real they look."""
        images = self.images(w, wish.category)
        categories = tf.broadcast_to(wish.category, tf.shape(w)[:1])
        scores = self.discriminator(images, categories, training=False)
        return images, wish.scale.realism(scores)


def pair(seed: Any, number: Any) -> tf.Tensor:
    """Returns the seed of one of several draws, int64 [2]."""
    return tf.stack([tf.cast(one, tf.int64) for one in (seed, number)])
