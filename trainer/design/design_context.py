"""Loaded models and data of a design: recommenders, GAN, catalog images."""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.design.catalog_context import CatalogContext
from trainer.design.categories import category_index
from trainer.design.categories import favorite_category
from trainer.design.category_items import CategoryItems
from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.discriminator_scale import RealismScale
from trainer.design.discriminator_scale import fit_scale
from trainer.design.discriminator_scale import scoring
from trainer.design.ensemble import Ensemble
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.search_config import SearchConfig
from trainer.gan.latent import draw_z
from trainer.gan.trained_gan import TrainedGan

BOUNDS = {"normal": 2.0, "uniform": 1.0}
"""Bound of |z| during the search, by the training distribution of z."""
_SCALE_SAMPLE = 256
_SCALE_SEED = (0, 7)


@dataclasses.dataclass(frozen=True)
class DesignContext(CatalogContext):
    """Recommenders, a GAN and the latent optimizer that combines them.

    Attributes:
        gan: The trained GAN.
        designer: Optimizer of the GAN's latent vector for the preference of
            the recommenders.

    Example:
        gan = load_trained_gan("runs/gan")
        context = DesignContext.load(["runs/recommender"], gan)
        dresses = context.category_items("Dress")
        user_vector = context.user_vector(context.user("204"))
        request = dresses.request(user_vector, seed=0)
        design = context.designer.design(request)
    """

    gan: TrainedGan
    designer: LatentOptimizer

    @classmethod
    def load(
        cls,
        run_dirs: Sequence[str],
        gan: TrainedGan,
        search: SearchConfig | None = None,
        data_dirs: Sequence[str] = (),
    ) -> "DesignContext":
        """Loads the recommenders and combines them with a GAN.

        Args:
            run_dirs: Folders of the recommender runs, at least one.
            gan: The trained GAN.
            search: Search parameters, None for the defaults.
            data_dirs: Folders of the data sets of the runs, for `Run.load`.

        Raises:
            UserError: If the runs do not form an ensemble, by the rules of
                `Ensemble.load`.
        """
        return cls.combine(Ensemble.load(run_dirs, data_dirs), gan, search)

    @classmethod
    def combine(
        cls,
        ensemble: Ensemble,
        gan: TrainedGan,
        search: SearchConfig | None = None,
    ) -> "DesignContext":
        """Combines loaded recommenders with a GAN.

        Args:
            ensemble: The recommenders.
            gan: The trained GAN.
            search: Search parameters, None for the defaults.
        """
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
    def category_names(self) -> list[str]:
        """Names of the categories that the GAN generates."""
        return self.gan.categories

    def favorite_category(self, items: np.ndarray) -> str:
        """Returns the most frequent category of items that the GAN generates.

        Args:
            items: Item indices, int64 [n].

        Raises:
            UserError: If the GAN generates none of the items' categories.
        """
        return favorite_category(self.gan, self.categories[items])

    def category_items(self, name: str) -> CategoryItems:
        """Returns the catalog items of a category.

        Args:
            name: Name of the category.

        Raises:
            UserError: If the GAN does not generate the category, or the data
                set has fewer than two of its items.
        """
        category = category_index(self.gan, name)
        items = np.flatnonzero(self.categories == name)
        if len(items) < 2:
            raise UserError(
                f"{self.run.data_dir} holds {len(items)} images of category "
                f"{name!r}, but at least 2 are required; use the data set "
                "that the GAN was trained on"
            )
        category_items = CategoryItems(
            name,
            category,
            items,
            self.ensemble.photos,
            self.designer.preference,
            LEAST_SQUARES,
        )
        if self.gan.run.config.loss == "least_squares":
            return category_items
        return dataclasses.replace(
            category_items, scale=self._fit_scale(category_items)
        )

    def random_images(
        self, category: int, num_images: int, seed: tuple[int, int]
    ) -> np.ndarray:
        """Generates random images of a category.

        Args:
            category: Category index.
            num_images: Number of images.
            seed: Random seed of z.

        Returns:
            RGB images, float32 [num_images, size, size, 3] in [-1, 1].
        """
        z = draw_z(self.gan.run.config, num_images, tf.constant(seed))
        images: np.ndarray = self.gan.generator(
            z, tf.fill([num_images], category), training=False
        ).numpy()
        return images

    def _fit_scale(self, category_items: CategoryItems) -> RealismScale:
        """Fits the realism scale of the discriminator for a category."""
        rng = np.random.default_rng(_SCALE_SEED)
        num_images = min(_SCALE_SAMPLE, len(category_items.items))
        rows = rng.choice(len(category_items.items), num_images, replace=False)
        made = self.random_images(
            category_items.category, num_images, _SCALE_SEED
        )
        scores = [
            self._score(images, category_items.category)
            for images in (category_items.images(rows), made)
        ]
        return fit_scale(*scores)

    @functools.cached_property
    def _score(self) -> Callable[[np.ndarray, int], np.ndarray]:
        return scoring(self.gan.discriminator)
