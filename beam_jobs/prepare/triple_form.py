"""Form of the triples of a data set: with images of the items, or ids alone.

With its image a triple is complete for a worker that streams. But each image is
then written once per interaction: a million interactions with 3,256 items wrote
4.9 GB of triples beside 18 MB of items.
"""

from typing import Any

from atelier.schema import paths
from atelier.schema.manifest import IDS
from atelier.schema.manifest import IMAGES

AUTO = "auto"
FORMS = (AUTO, IMAGES, IDS)
MAX_RATIO = 4
"""Size of the triples over that of the items up to which `AUTO` writes images.

It is estimated by the number of interactions over that of the items.
"""


def triple_form(requested: str, num_triples: int, num_items: int) -> str:
    """Returns `IMAGES` or `IDS`.

    Args:
        requested: One of `FORMS`.
        num_triples: Number of interactions of all splits.
        num_items: Number of items.
    """
    if requested != AUTO:
        return requested
    return IMAGES if num_triples <= MAX_RATIO * num_items else IDS


def form_of_counts(requested: str, counts: dict[str, int]) -> str:
    """Returns `IMAGES` or `IDS` by the counts of the manifest."""
    return triple_form(requested, _num_triples(counts), counts["items"])


def form_line(requested: str, counts: dict[str, Any]) -> str:
    """Returns a line for the terminal that states the form and its reason.

    Args:
        requested: One of `FORMS`.
        counts: Counts of the manifest.
    """
    form = form_of_counts(requested, counts)
    if requested != AUTO:
        return f"triples hold {form}, as --triples requests"
    ratio = _num_triples(counts) / max(1, counts["items"])
    size = f"about {ratio:.1f} times the bytes of the items"
    if form == IMAGES:
        return f"triples hold images, {size}, at most {MAX_RATIO}"
    return f"triples hold ids: images would take {size}, more than {MAX_RATIO}"


def _num_triples(counts: dict[str, int]) -> int:
    return sum(counts.get(name, 0) for name in (*paths.SPLITS, paths.NEGATIVE))
