"""Options of a recommender version."""

import dataclasses

from atelier.io.errors import UserError


@dataclasses.dataclass(frozen=True)
class RecommenderOptions:
    """Options of a recommender version, whatever the run and the catalog.

    Attributes:
        top_k: Length of every list.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.
        batched: Whether TF Serving batches concurrent calls.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        thumbnails: Whether the catalog folder has a thumbnail of each item.
        user_sample: Whether the catalog folder names a sample of the users with
            their items.

    Example:
        options = RecommenderOptions(top_k=20, min_recall=0.95)
    """

    top_k: int = 50
    min_recall: float | None = None
    batched: bool = False
    keep: int | None = None
    thumbnails: bool = True
    user_sample: bool = True

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            UserError: If a value is out of range.
        """
        if self.top_k < 1:
            raise UserError(f"--top_k must be positive, got {self.top_k}")
        if self.min_recall is not None and not 0 <= self.min_recall <= 1:
            raise UserError(
                f"--min_recall must be from 0 to 1, got {self.min_recall}"
            )
