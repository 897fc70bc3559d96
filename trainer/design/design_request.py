"""What a design is asked for: who, what, and in what units it is judged."""

from typing import Any
from typing import NamedTuple

from trainer.design.discriminator_scale import RealismScale


class DesignRequest(NamedTuple):
    """One person's wish for one category; tensors or numbers.

    Many wishes can be searched for at once, a row for each: then all but the
    seed have a first dimension of rows.

    Attributes:
        person: Theta, float32 [K].
        category: Its index, int scalar.
        spread: Standard deviation of the person's scores of the photos of the
            category, float32 scalar.
        scale: What the discriminator's scores are worth.
        seed: Of all that is drawn by chance, int scalar.
    """

    person: Any
    category: Any
    spread: Any
    scale: RealismScale
    seed: Any
