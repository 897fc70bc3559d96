"""Attribute precision of the search by words.

A query is a color and a product type, made of the values of two attributes.
Precision@10 is the fraction of the ten best matches that have both values, the
mean over the pairs of values that at least ten items have. The search is that
of `recommend_for_text`, exact, for nobody.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import collections
import dataclasses

import numpy as np
import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from trainer.data.items import read_items
from trainer.models.text_search import TextSearch
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

EPILOG = """\
example:
  python -m benchmarks.text_search --run_dir runs/hm/content \\
    --color colour_group_name --product_type product_type_name
"""
TOP = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    run_dir: str = option(..., "trained run with --content")
    color: str = option("color", "attribute with the color")
    product_type: str = option("product_type", "attribute with the type")


def main(argv: list[str] | None = None) -> None:
    """Searches for all pairs of values and prints the precision."""
    flags = _Flags.parse(
        argv, "python -m benchmarks.text_search", __doc__, EPILOG
    )
    run = Run.load(flags.run_dir, RecommenderConfig)
    search = load_recommender(run).text_search
    if search is None:
        raise UserError(
            f"{flags.run_dir} was trained without attributes and text; give a "
            "run with --content attributes,text"
        )
    names = flags.color, flags.product_type
    values = read_items(
        run.data_dir,
        lambda item: tuple(item.attributes.get(name, "") for name in names),
    )
    hits = find_matches(search, values)
    if not len(hits):
        raise UserError(
            f"no pair of values of {' and '.join(names)} is that of {TOP} "
            "items; give the names of two attributes"
        )
    both = hits.all(axis=2).mean()
    shares = ", ".join(
        f"{name} {share:.3f}"
        for name, share in zip(names, hits.mean(axis=(0, 1)), strict=True)
    )
    print(f"precision@{TOP} of {len(hits)} queries: {both:.3f} ({shares})")


def find_matches(
    search: TextSearch, values: list[tuple[str, ...]]
) -> np.ndarray:
    """Searches for each pair of values that enough items have.

    Args:
        search: Search vectors of the items.
        values: The two attributes of each item.

    Returns:
        Whether each match has each value, bool [queries, TOP, 2].
    """
    counts = collections.Counter(pair for pair in values if all(pair))
    pairs = sorted(pair for pair in counts if counts[pair] >= TOP)
    if not pairs:
        return np.empty((0, TOP, 2), bool)
    content = search.items[:, : search.content_dim]
    queries = search.queries(
        tf.constant([" ".join(pair) for pair in pairs]),
        np.zeros((1, search.content_dim), np.float32),
        np.zeros((len(pairs), 0), np.float32),
    )
    cosines = queries.numpy() @ content.T
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :TOP]
    matches: np.ndarray = np.array(values)[best] == np.array(pairs)[:, None]
    return matches


if __name__ == "__main__":
    run_command(main)
