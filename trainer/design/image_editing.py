"""Restyling: a real photo, moved towards the taste of a person.

First the design that comes nearest to the photo is found: over w, from the
nearest of many random draws,

    mean |G(z, c) - X| + 1 - cos(Phi(G(z, c)), Phi(X))

is minimised, so that it looks like the photo to us and to the recommender. From
there the preference is maximised as in `maximise.py`; a strength between 0 and
1 is how far the way is gone, in w.

Source: Kang et al. 2017, section V-E (the L1 part; the rest is ours).
"""

import dataclasses
import functools
from typing import Any
from typing import NamedTuple

import tensorflow as tf

from trainer.design.design_request import DesignRequest
from trainer.design.gradient_ascent import adam_ascent
from trainer.design.latent_optimizer import Designs
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.latent_optimizer import pair


class Restyled(NamedTuple):
    """A photo on its way to somebody's taste.

    Attributes:
        photo_preference: theta . Phi of the photo itself, float32 scalar.
        distance: Of the nearest design from the photo, as it is minimised,
            float32 scalar.
        path: Designs from the nearest one on, `frames` of them, the last as
            far as the strength goes.
    """

    photo_preference: Any
    distance: Any
    path: Designs


@dataclasses.dataclass(frozen=True)
class ImageEditor:
    """Restyles photos; each method works in a graph.

    Attributes:
        designer: Draws and maximises.
        climbers: How many of its `draws`, the nearest to the photo, are moved
            nearer to it.
        steps: To do so.
        learning_rate: Of the same.
        frames: Images of a path.
    """

    designer: LatentOptimizer
    climbers: int = 8
    steps: int = 150
    learning_rate: float = 0.1
    frames: int = 6

    def restyle(
        self, photo: Any, wish: DesignRequest, strength: Any
    ) -> Restyled:
        """Finds a photo's design, and moves it.

        Args:
            photo: RGB, float32 [size, size, 3] in [-1, 1], as large as
                designs.
            wish: For whom, and the category of the photo.
            strength: How far, from 0 to 1, float scalar.
        """
        start, distance = self.nearest(photo, wish)
        end = self.designer.maximise(start, wish).w
        way = tf.linspace(0.0, tf.cast(strength, tf.float32), self.frames)
        score = self.designer.preference.score(photo[None], wish.person)
        return Restyled(
            score[0],
            distance,
            self.designer.draw(start + way[:, None] * (end - start), wish),
        )

    @functools.cached_property
    def restyle_in_graph(self) -> Any:
        """`restyle`, traced once."""
        return tf.function(self.restyle)

    def nearest(self, photo: Any, wish: DesignRequest) -> tuple[Any, Any]:
        """Returns the w nearest to a photo, [1, z_dim], and its distance.

        Args:
            photo: As for `restyle`.
            wish: Its category and seed count.
        """
        embedding = self.designer.preference.embed(photo[None])

        def nearness(w: Any, step: Any = 0) -> Any:
            return -self._distances(w, photo, embedding, wish)

        draws = self.designer.search.candidates_per_start
        drawn = self.designer.random(draws, pair(wish.seed, 0))
        number = min(self.climbers, draws)
        nearest = tf.math.top_k(nearness(drawn), number).indices
        reached = adam_ascent(
            nearness, tf.gather(drawn, nearest), self.steps, self.learning_rate
        )
        best = tf.math.top_k(nearness(reached), 1)
        return tf.gather(reached, best.indices), -best.values[0]

    def _distances(
        self, w: Any, photo: Any, embedding: Any, wish: DesignRequest
    ) -> tf.Tensor:
        """Returns how far images are from a photo, float32 [n]."""
        images = self.designer.images(w, wish.category)
        pixels = tf.reduce_mean(tf.abs(images - photo), axis=[1, 2, 3])
        embeddings = tf.math.l2_normalize(
            self.designer.preference.embed(images), axis=1
        )
        cosines = tf.linalg.matvec(
            embeddings, tf.math.l2_normalize(embedding, axis=1)[0]
        )
        return pixels + 1.0 - cosines
