"""Results table of baselines alone, on the test items of a data set."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import time
from collections.abc import Iterator

import numpy as np

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from trainer.baselines.baseline import BaselineData
from trainer.baselines.fit_baseline import fit_baseline
from trainer.data.catalog_images import CatalogImages
from trainer.data.interactions import load_interactions
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.eval_set import groups_by_count
from trainer.evaluation.fit_baselines import choose_baselines
from trainer.evaluation.fit_baselines import load_baseline_data
from trainer.metrics.ranking import per_user
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import Scorer

EPILOG = """\
Each baseline is ranked twice: among the items with an interaction, and among
the whole catalog. A row is printed as soon as it is known.

example:
  python -m benchmarks.baselines_table --data_dir runs/hm/data \\
    --baselines ease,vis_rank,freedom,freedom_ease
"""
COLUMNS = (
    ("all", "auc"),
    ("cold", "auc"),
    ("unseen", "auc"),
    ("all", "ndcg@10"),
    ("cold", "ndcg@10"),
)
K = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    data_dir: str = option(..., "prepared data")
    baselines: str = option(..., "all, or names separated by commas")
    seed: int = option(0, "seed of the baselines", least=0)
    cold_item_threshold: int = option(
        5, "items with fewer training interactions are cold", least=1
    )


def main(argv: list[str] | None = None) -> None:
    """Fits the baselines and prints the table; see `--help`."""
    args = _Flags.parse(
        argv, "python -m benchmarks.baselines_table", __doc__, EPILOG
    )
    interactions = load_interactions(args.data_dir)
    options = EvaluationConfig(baselines=args.baselines)
    names = choose_baselines(options, interactions)
    data = load_baseline_data(
        names,
        args.data_dir,
        interactions,
        CatalogImages(args.data_dir),
    )
    data = dataclasses.replace(data, seed=args.seed)
    for row in table(names, data, args.cold_item_threshold):
        print(row, flush=True)


def table(
    names: list[str], data: BaselineData, cold_item_threshold: int
) -> Iterator[str]:
    """Yields the lines of the table, in Markdown.

    Args:
        names: Names of baselines.
        data: Data to fit them to.
        cold_item_threshold: Items with fewer interactions are cold.
    """
    head = [f"{metric}, {group}" for group, metric in COLUMNS]
    cells = [f"{name}: {head[0]}" for name in ("interacted", "catalog")]
    yield (
        "| baseline | "
        + " | ".join([cells[0], *head[1:], cells[1], *head[1:], "CPU minutes"])
        + " |"
    )
    yield "|---" * (2 * len(COLUMNS) + 2) + "|"
    fitted: dict[str, Scorer] = {}
    for name in names:
        start = time.process_time()
        fitted[name] = fit_baseline(name, data, fitted)
        minutes = (time.process_time() - start) / 60
        figures = _figures(fitted[name], data, cold_item_threshold)
        cells = [f"{figure:.4f}" for figure in figures]
        yield f"| {name} | {' | '.join(cells)} | {minutes:.1f} |"


def _figures(
    score: Scorer, data: BaselineData, cold_item_threshold: int
) -> list[float]:
    """Returns `COLUMNS` among both sets of candidates."""
    held_out = HeldOut.of_split(data.interactions, "test")
    groups = groups_by_count(
        held_out.pairs, data.interactions.train_counts(), cold_item_threshold
    )
    figures = []
    for items in (np.unique(data.interactions.interacted.values), None):
        ranks = rank_held_out(score, held_out, K, data.seed, items).ranks
        means = {
            group: per_user.per_user_metrics(ranks.of(pairs), K, "pessimistic")
            for group, pairs in groups.items()
        }
        figures += [
            float(np.mean(means[group][metric])) if group in means else np.nan
            for group, metric in COLUMNS
        ]
    return figures


if __name__ == "__main__":
    run_command(main)
