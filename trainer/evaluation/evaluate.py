"""Evaluates a run on what it held out, beside its baselines."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from records import results
from records.errors import UserError
from trainer.dataset import Interactions
from trainer.dataset import by_user
from trainer.evaluation import tables
from trainer.evaluation.exam import Answer
from trainer.evaluation.exam import Catalogue
from trainer.evaluation.exam import Exam
from trainer.evaluation.exam import answer_all
from trainer.evaluation.exam import groups_by_takers
from trainer.evaluation.held_out import HeldOut
from trainer.evaluation.options import Options
from trainer.evaluation.outcome import Evaluation
from trainer.evaluation.outcome import compare
from trainer.evaluation.outcome import sum_up
from trainer.evaluation.page import Shown
from trainer.evaluation.page import render
from trainer.evaluation.ranks import HeldOutRanks
from trainer.evaluation.rivals import fit_rivals
from trainer.evaluation.scorer import Scorer
from trainer.evaluation.scorer import product_scorer
from trainer.run import Run
from trainer.trained import Trained
from trainer.trained import load_trained

OURS = "two towers"
FOLDED_IN = "two towers, folded in"
_TIES = {"strict": "ties lose", "half": "ties count half in the AUC"}
_CANDIDATES = {
    "all": "all items of the catalogue that the user never took",
    "taken": "the items that somebody took, less those of the user",
}


def evaluate(run: Run, options: Options | None = None) -> Evaluation:
    """Ranks each test item among all items that its user never took.

    Writes into the folder of the run `metrics.json`, `ranks.jsonl` (of our
    model: user, item, rank, number of items ranked), `evaluation.md` and
    `evaluation.html`.

    Args:
        run: A trained run.
        options: How to measure.

    Returns:
        The metrics.

    Raises:
        UserError: If the run is not trained, its data set is gone or holds
            out nothing for test, or a baseline cannot be fitted to the data.
    """
    options = options or Options()
    trained = load_trained(run)
    interactions = trained.interactions
    if not len(interactions.test):
        raise UserError(
            f"{run.data_dir} holds out no test item, so there is nothing to "
            "evaluate; prepare data with a split that does, and train on them"
        )
    baselines = fit_rivals(options.baseline_names, run, trained)
    exams = _exams(run, trained, baselines)
    catalogue = Catalogue(
        interactions.train_counts(),
        trained.visual_vectors,
        _candidates(options, exams),
    )
    answers = {
        name: answer_all(exam, catalogue, options, run.config.seed)
        for name, exam in exams.items()
    }
    against = options.against or _best(answers["test"], baselines)
    evaluation = sum_up(
        exams,
        answers,
        compare(OURS, against, answers) if against else None,
        options.k,
        _protocol(interactions, options, run.config.cold_below),
    )
    ours = answers["test"][OURS].ranking
    page = render(
        evaluation,
        Shown(
            OURS,
            trained.photos,
            catalogue,
            exams["test"].held_out,
            ours,
            options.k,
        ),
    )
    results.write_json_lines(
        run.run_dir, results.RANKS, _rank_rows(interactions, ours.ranks)
    )
    results.write_text(run.run_dir, results.TABLES, tables.markdown(evaluation))
    results.write_text(run.run_dir, results.PAGE, page)
    results.write_json(
        run.run_dir, results.METRICS, dataclasses.asdict(evaluation)
    )
    return evaluation


def _exams(
    run: Run, trained: Trained, baselines: Mapping[str, Scorer]
) -> dict[str, Exam]:
    """Returns what is asked of whom; `test` is always among it."""
    interactions, items = trained.interactions, trained.item_vectors
    models = {OURS: product_scorer(trained.user_vectors, items)}
    if run.config.user_tower != "history":  # Which knows nobody by id.
        folded = trained.embed_people(interactions.train)
        models[FOLDED_IN] = product_scorer(folded, items)
    exams = {
        "test": Exam(
            HeldOut.of_split(interactions, "test"),
            groups_by_takers(
                interactions.test,
                interactions.train_counts(),
                run.config.cold_below,
            ),
            {**baselines, **models},
        )
    }
    if trained.new_people:
        exams["new_people"] = _new_people(trained, baselines)
    return exams


def _new_people(trained: Trained, baselines: Mapping[str, Scorer]) -> Exam:
    """Returns the exam of those whom training did not see.

    Of the baselines, those answer that ask not who a person is.
    """
    new_people = trained.new_people
    assert new_people
    hidden = new_people.hidden
    people = trained.embed_people(new_people.given)
    anybody = {
        name: scorer
        for name, scorer in baselines.items()
        if name in ("random", "popularity")
    }
    return Exam(
        HeldOut(
            hidden,
            tf.concat([new_people.given, by_user(hidden, len(people))], axis=1),
            new_people.given,
            len(trained.item_vectors),
        ),
        {"new_people": np.ones(len(hidden), bool)},
        {**anybody, OURS: product_scorer(people, trained.item_vectors)},
    )


def _candidates(options: Options, exams: Mapping[str, Exam]) -> np.ndarray:
    """Returns the items that are ranked, ascending, int64 [candidates]."""
    held_out = [exam.held_out for exam in exams.values()]
    if options.candidates == "all":
        return np.arange(held_out[0].num_items)
    candidates = np.unique(
        np.concatenate([one.taken.values.numpy() for one in held_out])
    )
    most = max(one.taken.row_lengths().numpy().max() for one in held_out)
    if most >= len(candidates):
        raise UserError(
            f"--candidates taken leaves {len(candidates)} items, and one user "
            "took them all, so there is nothing to rank; give --candidates all"
        )
    return candidates


def _best(
    answers: Mapping[str, Answer], baselines: Mapping[str, Scorer]
) -> str | None:
    """Returns the baseline of the highest AUC, None if there is none."""
    return max(
        baselines,
        key=lambda name: answers[name].users["all"]["auc"].mean(),
        default=None,
    )


def _protocol(
    interactions: Interactions, options: Options, cold_below: int
) -> str:
    return (
        f"each held-out item ({len(interactions.test)} interactions of "
        f"{len(np.unique(interactions.test[:, 0]))} users), ranked among "
        f"{_CANDIDATES[options.candidates]}; {_TIES[options.ties]}; every "
        f"user weighs the same; cold: fewer than {cold_below} training "
        "interactions"
    )


def _rank_rows(
    interactions: Interactions, ranks: HeldOutRanks
) -> list[dict[str, Any]]:
    return [
        {
            "user_id": interactions.user_ids[user],
            "item_id": interactions.item_ids[item],
            "rank": int(rank),
            "ranked": int(candidates) + 1,
        }
        for (user, item), rank, candidates in zip(
            interactions.test,
            ranks.ranks(),
            ranks.candidates,
            strict=True,
        )
    ]
