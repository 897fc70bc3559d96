"""Restyling: editing a real image towards the taste of a user.

First the image is projected into the latent space of the GAN. Starting at the
nearest of many random images,

    mean |G(z, c) - X| + 1 - cos(Phi(G(z, c)), Phi(X))

is minimized over w, so that the projection resembles the image X in pixels and
to the recommender. From there the preference is maximized as in
`latent_optimizer.py`. The strength, from 0 to 1, interpolates in w between the
projection and this maximum.

Source: Kang et al. 2017, section V-E (the L1 term; the rest is ours).
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
    """Result of restyling an image.

    Attributes:
        photo_preference: Score theta . Phi of the input image, float32 scalar.
        distance: Distance between the projection and the input image, the
            minimized objective, float32 scalar.
        path: `frames` generated images, from the projection to the restyled
            image.
    """

    photo_preference: Any
    distance: Any
    path: Designs


@dataclasses.dataclass(frozen=True)
class ImageEditor:
    """Restyles images; each method also works in a graph.

    Attributes:
        designer: Latent optimizer.
        climbers: Number of random images, those nearest to the input image,
            from which the projection is optimized.
        steps: Optimization steps of the projection.
        learning_rate: Learning rate of the projection.
        preference_steps: Optimization steps from the projection to the maximum
            of the preference.
        frames: Number of images of a path.

    Example:
        photo = read_photo("mine.jpg", gan.image_size, gan.run.resize)
        editor = ImageEditor(context.designer)
        request = dresses.request(user_vector, seed=0)
        restyled = editor.restyle(photo, request, strength=0.5)
        image = restyled.path.images[-1]
    """

    designer: LatentOptimizer
    climbers: int = 8
    steps: int = 150
    learning_rate: float = 0.1
    preference_steps: int = 40
    frames: int = 6

    def restyle(
        self, photo: Any, request: DesignRequest, strength: Any
    ) -> Restyled:
        """Projects an image and moves it towards a user's preference.

        Args:
            photo: RGB image, float32 [size, size, 3] in [-1, 1], of the size
                of the generated images.
            request: Design request with the user and the category of the image.
            strength: Interpolation weight from 0 to 1, float scalar.
        """
        start, distance = self.nearest(photo, request)
        end = self.designer.maximize(start, request, self.preference_steps).w
        way = tf.linspace(0.0, tf.cast(strength, tf.float32), self.frames)
        score = self.designer.preference.score(photo[None], request.user_vector)
        return Restyled(
            score[0],
            distance,
            self.designer.draw(start + way[:, None] * (end - start), request),
        )

    @functools.cached_property
    def restyle_in_graph(self) -> Any:
        """`restyle` as a `tf.function`."""
        return tf.function(self.restyle, autograph=False)

    def nearest(self, photo: Any, request: DesignRequest) -> tuple[Any, Any]:
        """Projects an image into the latent space.

        Args:
            photo: RGB image, float32 [size, size, 3] in [-1, 1], of the size
                of the generated images.
            request: Design request; its category and seed are used.

        Returns:
            The latent vector w of the nearest image, float32 [1, z_dim], and
            its distance to the input image, float32 scalar.
        """
        embedding = self.designer.preference.embed(photo[None])

        def nearness(w: Any, step: Any = 0) -> Any:
            return -self._distances(w, photo, embedding, request)

        draws = self.designer.search.candidates_per_start
        drawn = self.designer.random(draws, pair(request.seed, 0))
        num_starts = min(self.climbers, draws)
        nearest = tf.math.top_k(nearness(drawn), num_starts).indices
        reached = adam_ascent(
            nearness, tf.gather(drawn, nearest), self.steps, self.learning_rate
        )
        best = tf.math.top_k(nearness(reached), 1)
        return tf.gather(reached, best.indices), -best.values[0]

    def _distances(
        self, w: Any, photo: Any, embedding: Any, request: DesignRequest
    ) -> tf.Tensor:
        """Returns the distances of generated images to an image.

        Args:
            w: Latent vectors of the generated images, float32 [n, z_dim].
            photo: RGB image, float32 [size, size, 3] in [-1, 1].
            embedding: Phi of the image, float32 [1, K].
            request: Design request with the category.

        Returns:
            Distances, float32 [n].
        """
        images = self.designer.images(w, request.category)
        pixels = tf.reduce_mean(tf.abs(images - photo), axis=[1, 2, 3])
        embeddings = tf.math.l2_normalize(
            self.designer.preference.embed(images), axis=1
        )
        cosines = tf.linalg.matvec(
            embeddings, tf.math.l2_normalize(embedding, axis=1)[0]
        )
        return pixels + 1.0 - cosines
