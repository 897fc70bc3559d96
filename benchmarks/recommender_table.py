"""Results table: our recommender, its variants and all baselines."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import re
import statistics
from typing import Any

import keras

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io import json_files
from atelier.schema import paths
from atelier.schema.manifest import Manifest
from atelier.schema.model_names import FOLD_IN
from atelier.schema.model_names import TWO_TOWER
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.evaluate import evaluate
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.presets import PRESETS
from trainer.recommender.train import train
from trainer.training.run import Run

EPILOG = """\
Each variant differs from the preset `hybrid` with `--weights` in the aspect
that its name states; those of content, from the preset `content`. Each is
evaluated twice: among the items with interactions and among the whole catalog.
Finished results are kept in OUT_DIR: run the same command again to continue.

example, after `trainer.task pretrain`:
  python -m benchmarks.recommender_table --data_dir runs/hm/data \\
    --weights runs/hm/backbone/backbone.npz --smaller runs/hm/data64 \\
    --out_dir runs/hm/table
"""

FIGURES = "figures.jsonl"
BEST = "hybrid"
INTERACTED_POOL = "negatives among items with an interaction"
COLUMNS = (
    ("all", "auc"),
    ("cold", "auc"),
    ("unseen", "auc"),
    ("all", "ndcg@10"),
    ("all", "hr@10"),
)
END_TO_END = {
    "frozen_stages": 0,
    "positives_per_image": 8,
    "batch_size": 64,
    "backbone_learning_rate": 3e-5,
    "augmentation": 0.3,
}
SCRATCH = {
    **END_TO_END,
    "backbone": "small",
    "backbone_learning_rate": 1e-3,
    "learning_rate": 1e-3,
    "pca_components": 0,
    "epochs": 6,
}

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    data_dir: str = option(..., "prepared data")
    weights: str = option(..., "weights by `trainer.task pretrain`")
    smaller: str = option(
        "",
        "the same data with smaller images: folders, separated by commas",
    )
    out_dir: str = option(..., "output folder for runs and table")
    seeds: int = option(
        3, "number of seeds of the best model for each set of candidates"
    )
    variant_seeds: int = option(
        1, "number of seeds of the other variants; baselines have one"
    )


def variants(weights: str) -> dict[str, dict[str, Any]]:
    """Returns the overrides of the preset `hybrid`, by variant name.

    Args:
        weights: Weights file of a backbone pretrained on attributes.
    """
    ours = {"weights": weights}
    return {
        BEST: ours,
        "towers alone": {**ours, "ease_weight": 0.0},
        INTERACTED_POOL: {
            **ours,
            "negative_pool": "interacted",
        },
        "network trained on, end to end": {
            **ours,
            **END_TO_END,
            "frozen_epochs": 6,
            "epochs": 8,
        },
        "network of ImageNet": {},
        "id tower": {**ours, "user_tower": "id", "user_l2": 0.01},
        "id and history tower": {**ours, "user_tower": "both"},
        "photos alone": {**ours, "item_embeddings": False},
        **content_variants(),
        "BPR loss": {**ours, "loss": "bpr"},
        "WARP loss": {**ours, "loss": "warp"},
    }


def content_variants() -> dict[str, dict[str, Any]]:
    """Returns the overrides of `hybrid` of the ablation of the content."""
    everything = PRESETS["content"]
    return {
        "content: photo, attributes, text": everything,
        f"content: {INTERACTED_POOL}": {
            **everything,
            "negative_pool": "interacted",
        },
        "content: photo": {**everything, "content": ""},
        "content: attributes": {
            **everything,
            "backbone": "none",
            "content": "attributes",
        },
        "content: text": {**everything, "backbone": "none", "content": "text"},
    }


def main(argv: list[str] | None = None) -> None:
    """Trains the missing variants and writes the table; see `--help`."""
    args = _Flags.parse(
        argv, "python -m benchmarks.recommender_table", __doc__, EPILOG
    )
    for name, data_dir, changes in _runs(args):
        ours = name in (BEST, INTERACTED_POOL)
        for seed in range(args.seeds if ours else args.variant_seeds):
            _measure(args.out_dir, name, data_dir, {**changes, "seed": seed})
    json_files.write_text(
        args.out_dir, "table.md", markdown(_rows(args.out_dir))
    )
    print(f"written to {paths.join(args.out_dir, 'table.md')}")


def _runs(args: _Flags) -> list[tuple[str, str, dict[str, Any]]]:
    """Returns the name, data and overrides of each variant."""
    runs = [
        (name, args.data_dir, changes)
        for name, changes in variants(args.weights).items()
    ]
    size, data_dir = Manifest.read(args.data_dir).image_size, args.data_dir
    for data_dir in filter(None, args.smaller.split(",")):
        size = Manifest.read(data_dir).image_size
        runs.append((f"network of ImageNet, {size} pixels", data_dir, {}))
    # On the smallest images, because training from scratch takes longest.
    runs.append((f"network from scratch, {size} pixels", data_dir, SCRATCH))
    return runs


def markdown(rows: list[Row]) -> str:
    """Returns the tables as Markdown: one row per model, means over seeds."""
    parts = []
    for candidates in ("interacted", "catalog"):
        head = [f"{metric}, {group}" for group, metric in COLUMNS]
        lines = [f"| ranked: {candidates} | {' | '.join(head)} | seeds |"]
        lines.append("|---" * (len(head) + 2) + "|")
        here = [row for row in rows if row["candidates"] == candidates]
        for model in dict.fromkeys(row["model"] for row in here):
            figures = [row["figures"] for row in here if row["model"] == model]
            cells = [
                f"{statistics.mean(values):.4f}"
                for values in zip(*figures, strict=True)
            ]
            lines.append(f"| {model} | {' | '.join(cells)} | {len(figures)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _measure(
    out_dir: str, name: str, data_dir: str, changes: dict[str, Any]
) -> None:
    """Trains and evaluates a variant, unless its results exist.

    Args:
        out_dir: Output folder.
        name: Name of the variant.
        data_dir: Folder of the prepared data set.
        changes: Overrides of the preset `hybrid`, including the seed.
    """
    rows, seed = _rows(out_dir), changes["seed"]
    if any(row["model"] == name and row["seed"] == seed for row in rows):
        return
    keras.backend.clear_session()
    config = RecommenderConfig(**{**PRESETS["hybrid"], **changes})
    folder = re.sub(r"\W", "_", name)
    run = Run.start(paths.join(out_dir, f"{folder}-{seed}"), data_dir, config)
    train(run, verbose=2)
    shown = {TWO_TOWER: name, FOLD_IN: f"{name}, folded in"}
    for candidates in ("interacted", "catalog"):
        evaluation = evaluate(
            run,
            EvaluationConfig(
                candidates=candidates,
                baselines="all" if name == BEST and not seed else "none",
            ),
        )
        for model, groups in evaluation.models.items():
            figures = [groups[group][metric] for group, metric in COLUMNS]
            row = {
                "model": shown.get(model, model),
                "seed": seed,
                "candidates": candidates,
                "figures": figures,
            }
            rows.append(row)
            print(row, flush=True)
    json_files.write_json_lines(out_dir, FIGURES, rows)


def _rows(out_dir: str) -> list[Row]:
    if not json_files.exists(out_dir, FIGURES):
        return []
    rows: list[Row] = json_files.read_json_lines(out_dir, FIGURES)
    return rows


if __name__ == "__main__":
    run_command(main)
