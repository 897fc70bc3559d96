"""Evaluation of a run and its baselines on held-out items."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from atelier.schema.model_names import OURS
from atelier.schema.model_names import TWO_TOWER
from trainer.data.attributes import load_products
from trainer.data.interactions import Interactions
from trainer.data.items import read_items
from trainer.evaluation import format_tables
from trainer.evaluation.build_eval_sets import TEST
from trainer.evaluation.build_eval_sets import build_eval_sets
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.eval_set import EvalCatalog
from trainer.evaluation.eval_set import EvalSet
from trainer.evaluation.eval_set import ModelResult
from trainer.evaluation.eval_set import evaluate_models
from trainer.evaluation.fit_baselines import choose_baselines
from trainer.evaluation.fit_baselines import fit_baselines
from trainer.evaluation.html_report import ReportInputs
from trainer.evaluation.html_report import render
from trainer.evaluation.model_card import model_card
from trainer.evaluation.results import Comparison
from trainer.evaluation.results import Evaluation
from trainer.evaluation.results import compare
from trainer.evaluation.results import summarize
from trainer.evaluation.verdict import RIVALS
from trainer.evaluation.verdict import remedy
from trainer.evaluation.verdict import verdict
from trainer.evaluation.without_variants import without_variants
from trainer.metrics.ranking.ranks import Ranks
from trainer.metrics.ranking.scorer import Scorer
from trainer.recommender.trained_model import TrainedRecommender
from trainer.recommender.trained_model import load_recommender
from trainer.training.callbacks import read_cpu_seconds
from trainer.training.embedding_projector import write_projector
from trainer.training.run import Run

_TIES = {"pessimistic": "ties lose", "half": "ties count half in the AUC"}
_CANDIDATES = {
    "catalog": "all catalog items that the user did not interact with",
    "interacted": "all items with an interaction, minus those of the user",
}
_VARIANTS = (
    "; without variants: items of one product with an item that the user "
    "owns are no candidates, and do not count where they are held out"
)


def evaluate(run: Run, options: EvaluationConfig | None = None) -> Evaluation:
    """Ranks each test item among all items without an interaction of its user.

    Writes to the folder of the run `metrics.json`, `ranks.jsonl` (user, item,
    rank and number of ranked items, of our model), `evaluation.md`,
    `evaluation.html` and `model_card.md`, and to its `logs/` the data of
    TensorBoard's embedding projector.

    Args:
        run: A trained run.
        options: Options of the evaluation; None for the defaults.

    Returns:
        The metrics of all models.

    Raises:
        UserError: If the run is not trained, its data set is missing or has no
            test items, or a baseline cannot be fitted to the data.
    """
    options = options or EvaluationConfig()
    trained = load_recommender(run)
    if not len(trained.interactions.test):
        raise UserError(
            f"{run.data_dir} holds out no test item, so there is nothing to "
            "evaluate; prepare the data again with a split that holds out test "
            "items, and train on them"
        )
    evaluation, shown = _examine(run, trained, options)
    _project(run, trained)
    _write(run, evaluation, shown, trained.interactions)
    return evaluation


def _examine(
    run: Run, trained: TrainedRecommender, options: EvaluationConfig
) -> tuple[Evaluation, ReportInputs]:
    """Evaluates all models; returns the metrics and the report's inputs."""
    names = choose_baselines(options, trained.interactions)
    baselines, minutes = fit_baselines(names, run, trained)
    eval_sets = build_eval_sets(run, trained, baselines)
    candidates = _candidates(options, eval_sets)
    products = load_products(run.data_dir)
    if products is not None:
        eval_sets |= without_variants(eval_sets, products, candidates)
    catalog = EvalCatalog(
        trained.interactions.train_counts(), trained.visual_vectors, candidates
    )
    answers = {
        name: evaluate_models(eval_set, catalog, options, run.config.seed)
        for name, eval_set in eval_sets.items()
    }
    against = options.reference_baseline or _best(answers[TEST], baselines)
    comparisons = compare(TWO_TOWER, baselines, answers)
    evaluation = summarize(
        eval_sets,
        answers,
        comparisons,
        against,
        options.k,
        _protocol(trained.interactions, options, run.config.cold_item_threshold)
        + _VARIANTS * (products is not None),
    )
    evaluation = _judge(run, evaluation, comparisons, minutes)
    shown = ReportInputs(
        TWO_TOWER,
        trained.images,
        catalog,
        eval_sets[TEST].held_out,
        answers[TEST][TWO_TOWER].ranking,
        options.k,
    )
    return evaluation, shown


def _judge(
    run: Run,
    evaluation: Evaluation,
    comparisons: Mapping[str, Comparison],
    minutes: Mapping[str, float],
) -> Evaluation:
    """Adds the verdict, with its tests, and the time of training.

    Args:
        run: The run.
        evaluation: The evaluation without them.
        comparisons: Comparisons with the baselines, by name.
        minutes: CPU minutes of training of each baseline.
    """
    rivals = {
        name: comparisons[name].groups["all"]
        for name in RIVALS
        if name in comparisons
    }
    minutes_of_ours = read_cpu_seconds(run.run_dir) / 60
    return dataclasses.replace(
        evaluation,
        cpu_minutes={
            **minutes,
            **{
                name: minutes_of_ours
                for name in OURS
                if name in evaluation.models and minutes_of_ours
            },
        },
        rivals=rivals,
        verdict=verdict(evaluation.models, rivals, remedy(run)),
    )


def _write(
    run: Run,
    evaluation: Evaluation,
    shown: ReportInputs,
    interactions: Interactions,
) -> None:
    """Writes all files; `metrics.json` is last and marks them as complete."""
    page = render(evaluation, shown)
    run_dir = run.run_dir
    rows = _rank_rows(interactions, shown.ranking.ranks)
    json_files.write_json_lines(run_dir, run_artifacts.RANKS, rows)
    json_files.write_text(
        run_dir, run_artifacts.TABLES, format_tables.markdown(evaluation)
    )
    json_files.write_text(run_dir, run_artifacts.PAGE, page)
    json_files.write_text(
        run_dir, run_artifacts.MODEL_CARD, model_card(run, evaluation)
    )
    json_files.write_json(
        run_dir, run_artifacts.METRICS, dataclasses.asdict(evaluation)
    )


def _project(run: Run, trained: TrainedRecommender) -> None:
    """Writes the image embeddings of the items for TensorBoard's projector."""
    interactions = trained.interactions
    write_projector(
        run.run_dir,
        trained.images,
        trained.visual_vectors,
        {
            "item": interactions.item_ids,
            "category": read_items(run.data_dir, lambda item: item.category),
            "interactions": [str(n) for n in interactions.train_counts()],
        },
    )


def _candidates(
    options: EvaluationConfig, eval_sets: Mapping[str, EvalSet]
) -> np.ndarray:
    """Returns the candidate items, ascending, int64 [candidates]."""
    held_out = [eval_set.held_out for eval_set in eval_sets.values()]
    if options.candidates == "catalog":
        return np.arange(held_out[0].num_items)
    candidates = np.unique(
        np.concatenate([pairs.interacted.values.numpy() for pairs in held_out])
    )
    most = max(
        pairs.interacted.row_lengths().numpy().max() for pairs in held_out
    )
    if most >= len(candidates):
        raise UserError(
            f"--candidates interacted leaves {len(candidates)} items, and one "
            "user has interacted with all of them, so there is nothing to "
            "rank; use --candidates catalog"
        )
    return candidates


def _best(
    answers: Mapping[str, ModelResult], baselines: Mapping[str, Scorer]
) -> str | None:
    """Returns the baseline with the highest AUC, None without baselines."""
    return max(
        baselines,
        key=lambda name: answers[name].users["all"]["auc"].mean(),
        default=None,
    )


def _protocol(
    interactions: Interactions,
    options: EvaluationConfig,
    cold_item_threshold: int,
) -> str:
    return (
        f"each held-out item ({len(interactions.test)} interactions of "
        f"{len(np.unique(interactions.test[:, 0]))} users), ranked among "
        f"{_CANDIDATES[options.candidates]}; {_TIES[options.ties]}; all "
        f"users have equal weight; cold: fewer than {cold_item_threshold} "
        "training interactions"
    )


def _rank_rows(
    interactions: Interactions, ranks: Ranks
) -> list[dict[str, Any]]:
    return [
        {
            "user_id": interactions.user_ids[user],
            "item_id": interactions.item_ids[item],
            "rank": int(rank),
            "num_candidates": int(candidates) + 1,
        }
        for (user, item), rank, candidates in zip(
            interactions.test,
            ranks.ranks(),
            ranks.candidates,
            strict=True,
        )
    ]
