import pytest

from atelier.io import json_files
from atelier.schema import run_artifacts
from trainer.evaluation.verdict import best_rival
from trainer.evaluation.verdict import is_worse
from trainer.evaluation.verdict import outcome
from trainer.evaluation.verdict import remedy
from trainer.evaluation.verdict import verdict
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run

MODELS = {
    "two_tower": {"all": {"auc": 0.8871, "ndcg@5": 0.0828}},
    "vis_rank": {"all": {"auc": 0.8619, "ndcg@5": 0.0862}},
    "popularity": {"all": {"auc": 0.9, "ndcg@5": 0.01}},
}
BETTER, EQUAL, WORSE = (
    {"difference": mean, "low": mean - 0.01, "high": mean + 0.01}
    for mean in (0.02, 0.0, -0.02)
)


@pytest.mark.parametrize(
    ("ndcg", "auc", "sign", "metric"),
    [
        (BETTER, WORSE, 1, "ndcg@5"),
        (WORSE, BETTER, -1, "ndcg@5"),
        (EQUAL, BETTER, 1, "auc"),
        (EQUAL, WORSE, -1, "auc"),
        (EQUAL, EQUAL, 0, "ndcg@5"),
    ],
)
def test_ndcg_decides_and_then_auc(ndcg, auc, sign, metric):
    result = outcome({"auc": auc, "ndcg@5": ndcg})
    assert (result.sign, result.metric) == (sign, metric)


def test_the_best_rival_has_the_highest_ndcg():
    assert best_rival(MODELS, {"popularity": {}, "vis_rank": {}}) == "vis_rank"
    equal = {"a": {"all": {"ndcg@5": 0, "auc": 0.1}}}
    equal["b"] = {"all": {"ndcg@5": 0, "auc": 0.2}}
    assert best_rival(equal, {"a": {}, "b": {}}) == "b"
    assert best_rival(MODELS, {}) is None


def test_a_model_that_is_worse_than_the_best_rival():
    worse, equal = ({"auc": EQUAL, "ndcg@5": ndcg} for ndcg in (WORSE, EQUAL))
    assert is_worse(MODELS, {"popularity": equal, "vis_rank": worse})
    assert not is_worse(MODELS, {"popularity": worse, "vis_rank": equal})
    assert not is_worse(MODELS, {})


@pytest.mark.parametrize(
    ("ndcg", "expected"),
    [
        (
            BETTER,
            "Better than VisRank, the best of Popularity and VisRank, in "
            "NDCG@5: 0.0828 against 0.0862, +0.0200 (95 % interval +0.0100 to "
            "+0.0300).",
        ),
        (
            WORSE,
            "Do not publish: worse than VisRank, the best of Popularity and "
            "VisRank, in NDCG@5: 0.0828 against 0.0862, -0.0200 (95 % interval "
            "-0.0300 to -0.0100); try more.",
        ),
        (
            EQUAL,
            "Not significantly better than VisRank, the best of Popularity and "
            "VisRank, in NDCG@5: 0.0828 against 0.0862, +0.0000 (95 % interval "
            "-0.0100 to +0.0100); try more.",
        ),
    ],
)
def test_the_verdict_says_by_how_much(ndcg, expected):
    tests = {"auc": EQUAL, "ndcg@5": ndcg}
    rivals = {"popularity": tests, "vis_rank": tests}
    assert verdict(MODELS, rivals, "try more") == expected


def test_one_rival_is_not_the_best_of_several():
    tests = {"auc": EQUAL, "ndcg@5": BETTER}
    sentence = verdict(MODELS, {"vis_rank": tests}, "")
    assert sentence.startswith("Better than VisRank in NDCG@5: 0.0828 against ")


def test_without_a_rival_it_says_what_to_evaluate():
    sentence = verdict(MODELS, {}, "")
    assert sentence.startswith("Not compared: evaluate it beside Popularity")


@pytest.mark.parametrize(
    ("aucs", "config", "words"),
    [
        ([0.5], RecommenderConfig(), "train with --preset auto"),
        ([0.5, 0.6], "frozen", "train on with --epochs 4 and the same"),
        ([0.6, 0.5], "frozen", "interactions, because it was best after epoch "
         "1 of 2"),
        ([], "frozen", "give it more data than"),
    ],
)  # fmt: skip
def test_the_remedy_depends_on_the_run(aucs, config, words, data_dir, tmp_path):
    if config == "frozen":
        config = RecommenderConfig(frozen_stages=-1)
    run = Run.start(str(tmp_path), data_dir, config)
    if aucs:
        rows = [
            {"epoch": epoch, "val_auc": auc}
            for epoch, auc in enumerate(aucs, start=1)
        ]
        json_files.write_json_lines(run.run_dir, run_artifacts.HISTORY, rows)
    assert words in remedy(run)
