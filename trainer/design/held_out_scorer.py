"""Held-out recommender that scores designs made with other recommenders.

Maximizing the score of a network also finds images that score high with this
network only. A gain is therefore checked with a recommender of another
backbone and seed, the judge.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from trainer.design.catalog_context import CatalogContext
from trainer.design.category_items import CategoryItems
from trainer.design.ensemble import Ensemble
from trainer.design.ensemble import check_apart
from trainer.design.user_category import UserCategory
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class HeldOutScorer:
    """Recommender that no design was optimized for.

    Attributes:
        name: Description of the recommender: backbone and seed.
        user_vectors: User vectors theta by user id, float32 [K] each.
        items: Catalog items by category index, scored by this recommender.

    Example:
        judge = HeldOutScorer.load("runs/other", context, [dresses])
        z_scores = judge.z_score(case, images)
    """

    name: str
    user_vectors: dict[str, np.ndarray]
    items: dict[int, CategoryItems]

    @classmethod
    def load(
        cls,
        run_dir: str,
        context: CatalogContext,
        categories: Sequence[CategoryItems],
        data_dirs: Sequence[str] = (),
    ) -> "HeldOutScorer":
        """Loads a recommender run as the judge.

        Args:
            run_dir: Folder of the recommender run.
            context: Recommenders of the designs.
            categories: Catalog items that designs are compared with, at least
                one category.
            data_dirs: Folders of the data sets of the runs, for `Run.load`.

        Raises:
            UserError: If the run is not trained, or has the same
                configuration and data as a recommender of the designs.
        """
        run = Run.load(run_dir, RecommenderConfig, data_dirs)
        check_apart(run, context.ensemble.runs)
        alone = Ensemble.load([run_dir], data_dirs)
        user_ids = alone.trained[0].interactions.user_ids
        preference = alone.preference(categories[0].preference.image_size)
        return cls(
            f"{run.config.backbone}, seed {run.config.seed}",
            dict(zip(user_ids, alone.user_vectors, strict=True)),
            {
                one.category: dataclasses.replace(one, preference=preference)
                for one in categories
            },
        )

    def z_score(self, case: UserCategory, images: np.ndarray) -> np.ndarray:
        """Returns the preferences of this recommender; see `UserCategory`."""
        own = dataclasses.replace(
            case,
            user_vector=self.user_vectors[case.user_id],
            items=self.items[case.items.category],
        )
        return own.z_score(images)
