"""A recommender that was trained apart, and says what it thinks of designs.

Whoever maximises a network's score also finds what only this network likes. So
the gain must be seen by another one too, of another backbone and seed.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from records.errors import UserError
from trainer.design.preference import Preference
from trainer.design.shelf import Shelf
from trainer.design.studio import Studio
from trainer.run import Run
from trainer.trained import load_trained


@dataclasses.dataclass(frozen=True)
class Judge:
    """Another recommender of the same people.

    Attributes:
        name: What it is, in a few words.
        people: Theta by user id, float32 [K].
        shelves: The photos that designs are held against, as the judge sees
            them, by index of the category.
    """

    name: str
    people: dict[str, np.ndarray]
    shelves: dict[int, Shelf]

    @classmethod
    def load(
        cls, run_dir: str, studio: Studio, shelves: Sequence[Shelf]
    ) -> "Judge":
        """Loads a run.

        Args:
            run_dir: Of a recommender.
            studio: Whose designs are judged.
            shelves: The photos that they are held against.

        Raises:
            UserError: If it is not trained, or is the very one that designs
                are made with.
        """
        run = Run.load(run_dir)
        if (run.config, run.data_dir) == (
            studio.run.config,
            studio.run.data_dir,
        ):
            raise UserError(
                f"--judge_run_dir {run_dir} is trained exactly as "
                f"{studio.run.run_dir}, so it would agree with itself; train "
                "one with another --seed and --backbone"
            )
        trained = load_trained(run)
        preference = Preference(
            trained.item_tower, run.image_size, studio.gan.image_size
        )
        people = trained.user_vectors[:, : trained.visual_vectors.shape[1]]
        return cls(
            f"{run.config.backbone}, seed {run.config.seed}",
            dict(zip(trained.interactions.user_ids, people, strict=True)),
            {
                one.category: dataclasses.replace(one, preference=preference)
                for one in shelves
            },
        )
