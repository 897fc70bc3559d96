"""All that designs are made with: recommenders, a GAN, and real photos."""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.items import read_items
from trainer.design.categories import category_index
from trainer.design.categories import favourite_category
from trainer.design.category_items import CategoryItems
from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.discriminator_scale import RealismScale
from trainer.design.discriminator_scale import fit_scale
from trainer.design.discriminator_scale import scoring
from trainer.design.ensemble import Ensemble
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.latent_optimizer import SearchConfig
from trainer.gan.latent import draw_z
from trainer.gan.trained_gan import TrainedGan
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

BOUNDS = {"normal": 2.0, "uniform": 1.0}
"""How far z may go from 0, by the distribution that a GAN was trained with."""
_SCALE_SAMPLE = 256
_SCALE_SEED = (0, 7)


@dataclasses.dataclass(frozen=True)
class DesignContext:
    """Recommenders and a GAN, side by side.

    Attributes:
        ensemble: The recommenders.
        gan: The GAN.
        designer: Of both.
    """

    ensemble: Ensemble
    gan: TrainedGan
    designer: LatentOptimizer

    @classmethod
    def load(
        cls,
        run_dirs: Sequence[str],
        gan: TrainedGan,
        search: SearchConfig | None = None,
    ) -> "DesignContext":
        """Loads the recommenders.

        Args:
            run_dirs: Of the recommenders.
            gan: The GAN.
            search: How designs are searched for.

        Raises:
            UserError: If they are no ensemble; see `Ensemble.load`.
        """
        ensemble = Ensemble.load(run_dirs)
        designer = LatentOptimizer(
            generator=gan.generator,
            discriminator=gan.discriminator,
            z_dim=gan.z_dim,
            bound=BOUNDS[gan.run.config.z_distribution],
            preference=ensemble.preference(gan.image_size),
            search=search or SearchConfig(),
        )
        return cls(ensemble, gan, designer)

    @property
    def run(self) -> Run:
        """The first recommender; real photos are those of its data."""
        return self.ensemble.runs[0]

    @property
    def trained(self) -> TrainedRecommender:
        """The same, loaded."""
        return self.ensemble.trained[0]

    def person(self, user: int) -> np.ndarray:
        """Returns theta of a person whom training saw, [K]."""
        return np.asarray(self.ensemble.people[user])

    def user(self, user_id: str) -> int:
        """Returns the index of a person.

        Raises:
            UserError: If training did not see them.
        """
        user_ids = self.trained.interactions.user_ids
        if user_id not in user_ids:
            some = ", ".join(user_ids[:5])
            raise UserError(
                f"--user {user_id!r} is none of the {len(user_ids)} people of "
                f"{self.run.run_dir} (such as {some}); for somebody new give "
                "--seed_items with ids of items"
            )
        return user_ids.index(user_id)

    def items(self, named: Sequence[str]) -> np.ndarray:
        """Returns the indices of items, int64 [n].

        Args:
            named: Ids, or several with commas between; an id that has a comma
                is taken as it is.

        Raises:
            UserError: If there is no such item.
        """
        item_ids = self.trained.interactions.item_ids
        places = {one: place for place, one in enumerate(item_ids)}
        found = []
        for text in named:
            for item_id in [text] if text in places else text.split(","):
                if item_id not in places:
                    some = ", ".join(item_ids[:5])
                    raise UserError(
                        f"--seed_items names {item_id!r}, which is none of the "
                        f"{len(places)} items of {self.run.data_dir} (such as "
                        f"{some})"
                    )
                found.append(places[item_id])
        return np.array(found, np.int64)

    def favourite_category(self, items: np.ndarray) -> str:
        """Returns the category that most of some items are of, int64 [n].

        Raises:
            UserError: If the GAN draws none of theirs.
        """
        return favourite_category(self.gan, self._categories[items])

    def shelf(self, name: str) -> CategoryItems:
        """Returns the real photos of a category.

        Raises:
            UserError: If the GAN does not draw it, or the data have none.
        """
        category = category_index(self.gan, name)
        items = np.flatnonzero(self._categories == name)
        if len(items) < 2:
            raise UserError(
                f"{self.run.data_dir} holds {len(items)} photos of "
                f"{name!r}, and two are needed to compare with; take the data "
                "that the GAN was trained on"
            )
        shelf = CategoryItems(
            name,
            category,
            items,
            self.trained.photos,
            self.designer.preference,
            LEAST_SQUARES,
        )
        if self.gan.run.config.loss == "least_squares":
            return shelf
        return dataclasses.replace(shelf, scale=self._fit_scale(shelf))

    def random_images(
        self, category: int, number: int, seed: tuple[int, int]
    ) -> np.ndarray:
        """Draws images as the GAN was trained to, [number, size, size, 3]."""
        z = draw_z(self.gan.run.config, number, tf.constant(seed))
        images: np.ndarray = self.gan.generator(
            z, tf.fill([number], category), training=False
        ).numpy()
        return images

    def images(self, items: np.ndarray) -> np.ndarray:
        """Returns photos of the catalogue, float32 [n, size, size, 3]."""
        photos = self.trained.photos.take(tf.constant(items, tf.int64))
        return photos.numpy().astype(np.float32) / 127.5 - 1.0

    def _fit_scale(self, shelf: CategoryItems) -> RealismScale:
        """Returns what the discriminator's scores of a category are worth."""
        rng = np.random.default_rng(_SCALE_SEED)
        number = min(_SCALE_SAMPLE, len(shelf.items))
        rows = rng.choice(len(shelf.items), number, replace=False)
        made = self.random_images(shelf.category, number, _SCALE_SEED)
        scores = [
            self._score(images, shelf.category)
            for images in (shelf.images(rows), made)
        ]
        return fit_scale(*scores)

    @functools.cached_property
    def _score(self) -> Callable[[np.ndarray, int], np.ndarray]:
        return scoring(self.gan.discriminator)

    @functools.cached_property
    def _categories(self) -> np.ndarray:
        return np.array(
            read_items(self.run.data_dir, lambda item: item.category)
        )
