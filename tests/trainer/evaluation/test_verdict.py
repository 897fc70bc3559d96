import pytest

from trainer.evaluation.results import Comparison
from trainer.evaluation.verdict import verdict

MODELS = {
    "two_tower": {"all": {"auc": 0.8871, "hr@5": 0.2, "ndcg@5": 0.0828}},
    "vis_rank": {"all": {"auc": 0.8619, "hr@5": 0.1, "ndcg@5": 0.0862}},
}


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        (
            {"auc": (0.01, 0.04), "hr@5": (0.05, 0.15), "ndcg@5": (-0.1, -0.0)},
            "Atelier's two-tower beats VisRank in AUC (0.887 against 0.862) "
            "and HR@5 (0.200 against 0.100) and does not differ significantly "
            "from it in NDCG@5 (0.0828 against 0.0862).",
        ),
        (
            {
                "auc": (0.01, 0.04),
                "hr@5": (-0.1, 0.15),
                "ndcg@5": (-0.01, -0.002),
            },
            "Atelier's two-tower beats VisRank in AUC (0.887 against 0.862), "
            "does not differ significantly from it in HR@5 (0.200 against "
            "0.100) and loses to it in NDCG@5 (0.0828 against 0.0862).",
        ),
    ],
)
def test_a_metric_counts_if_its_interval_excludes_zero(intervals, expected):
    tests = {
        name: {"low": low, "high": high}
        for name, (low, high) in intervals.items()
    }
    comparison = Comparison("two_tower", "vis_rank", {"all": tests})
    assert verdict(MODELS, comparison, 5) == expected


def test_without_a_baseline_there_is_none():
    assert verdict(MODELS, None, 5).startswith("No baseline was evaluated")
