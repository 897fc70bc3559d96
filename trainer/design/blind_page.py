"""Page of a blind comparison: which of two images would a rater wear?

One HTML file without any other, with pairs of images of different sources for
the same user and category. It does not show the sources, and saves the answers
as JSON for `rate-designs`.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from PIL import Image

from atelier.html.pages import render_page
from atelier.io import json_files
from trainer.data.thumbnails import jpeg_uri
from trainer.design.comparison_arms import ComparisonCell
from trainer.gan.sample_grid import grid

PAGE = "blind.html"
LEFT, RIGHT = "left", "right"


def write_blind_page(
    out: str, cells: Sequence[ComparisonCell], num_pairs: int, seed: int
) -> None:
    """Writes the page.

    Args:
        out: Output folder, which exists.
        cells: Images of each user and category.
        num_pairs: Number of pairs.
        seed: Random seed of the pairs, their order and their sides.
    """
    pairs = sample_pairs(cells, num_pairs, seed)
    page = render_page("trainer.design", "blind_page.html", pairs=pairs)
    json_files.write_text(out, PAGE, page)


def sample_pairs(
    cells: Sequence[ComparisonCell], num_pairs: int, seed: int
) -> list[dict[str, object]]:
    """Samples pairs; each two sources meet equally often, up to one.

    Args:
        cells: Images of each user and category.
        num_pairs: Number of pairs.
        seed: Random seed of the pairs, their order and their sides.

    Returns:
        Pairs in random order: `user_id`, `category`, and for both sides the
        name of the source and `image`, a data URI.
    """
    rng = np.random.default_rng(seed)
    sources = list(itertools.combinations(cells[0].shown, 2))
    pairs = []
    for index in range(num_pairs):
        cell = cells[rng.integers(len(cells))]
        names = rng.permutation(sources[index % len(sources)]).tolist()
        pair: dict[str, object] = {
            "user_id": cell.case.user_id,
            "category": cell.case.items.name,
        }
        for side, name in zip((LEFT, RIGHT), names, strict=True):
            images = cell.shown[name].images
            image = images[rng.integers(len(images))]
            uri = jpeg_uri(Image.fromarray(grid(image[None], columns=1)))
            pair[side] = {"source": name, "image": uri}
        pairs.append(pair)
    return [pairs[index] for index in rng.permutation(num_pairs)]
