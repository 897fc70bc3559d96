"""A recommender that was trained apart, and says what it thinks of designs.

Whoever maximises a network's score also finds what only this network likes. So
the gain must be seen by another one too, of another backbone and seed.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.ensemble import Ensemble
from trainer.design.ensemble import check_apart
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class HeldOutScorer:
    """Another recommender of the same people.

    Attributes:
        name: What it is, in a few words.
        people: Theta by user id, float32 [K].
        shelves: The photos that designs are held against, as the judge sees
            them, by index of the category.
    """

    name: str
    people: dict[str, np.ndarray]
    shelves: dict[int, CategoryItems]

    @classmethod
    def load(
        cls,
        run_dir: str,
        studio: DesignContext,
        shelves: Sequence[CategoryItems],
    ) -> "HeldOutScorer":
        """Loads a run.

        Args:
            run_dir: Of a recommender.
            studio: Whose designs are judged.
            shelves: The photos that they are held against.

        Raises:
            UserError: If it is not trained, or is one of those that designs
                are made with.
        """
        run = Run.load(run_dir, RecommenderConfig)
        check_apart(run, studio.ensemble.runs)
        alone = Ensemble.load([run_dir])
        user_ids = alone.trained[0].interactions.user_ids
        preference = alone.preference(studio.gan.image_size)
        return cls(
            f"{run.config.backbone}, seed {run.config.seed}",
            dict(zip(user_ids, alone.people, strict=True)),
            {
                one.category: dataclasses.replace(one, preference=preference)
                for one in shelves
            },
        )
