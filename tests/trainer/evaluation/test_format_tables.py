import pytest

from trainer.evaluation import format_tables
from trainer.evaluation.results import Comparison
from trainer.evaluation.results import Evaluation


@pytest.fixture
def evaluation():
    means = {
        "auc": 0.71234,
        "auc_100": 0.71,
        "hr@5": 0.2,
        "ndcg@5": 0.1,
        "novelty@5": 12.345,
        "coverage@5": 0.5,
    }
    around = {
        name: [value - 0.01, value + 0.03]
        for name, value in means.items()
        if name != "coverage@5"
    }
    difference = {"difference": 0.2, "low": 0.1, "high": 0.3}
    difference |= {"p": 0.0312, "p_holm": 0.0624}
    return Evaluation(
        test_interactions={"all": 2345, "held_out_users": 7},
        num_users={"all": 1234, "held_out_users": 6},
        identical_slices={},
        models={
            "popularity": {"all": means},
            "two_tower": {"all": means, "held_out_users": {"auc": 0.5}},
        },
        intervals={
            "popularity": {"all": around},
            "two_tower": {
                "all": around,
                "held_out_users": {"auc": [0.4, 0.6]},
            },
        },
        comparison=Comparison(
            "two_tower",
            "popularity",
            {"all": {"auc": difference, "auc_100": difference}},
        ),
        protocol="made",
        holm={"popularity": {"all": {"auc": 0.0624, "ndcg@5": 0.0499}}},
        cpu_minutes={"popularity": 0.0001, "two_tower": 2.5},
        verdict="Better.",
    )


def test_the_text_is_aligned_and_has_what_fits(evaluation):
    assert format_tables.text(evaluation, 48).splitlines() == [
        "all: 2,345 held-out items of 1,234 users",
        "model                  auc    hr@5   ndcg@5",
        "popularity  0.7123 ±0.0200  0.2000  0.1000*",
        "two_tower   0.7123 ±0.0200  0.2000   0.1000",
        "",
        "held out users: 7 held-out items of 6 users",
        "model                 auc  minutes",
        "two_tower  0.5000 ±0.1000     2.50",
        "",
        "two_tower minus popularity, all: auc +0.2000",
        "  [+0.1000, +0.3000], p = 0.0312, Holm-corrected",
        "  0.0624",
        "NDCG per CPU minute of training: two_tower",
        "  0.0400",
    ]
    wide = format_tables.text(evaluation, 200).splitlines()
    assert wide[1].split()[4:6] == ["minutes", "auc_100"]
    assert wide[2].split()[5:6] == ["0.00"]
    assert wide[1].split()[-2:] == ["coverage@5", "novelty@5"]
    assert wide[2].split()[-2:] == ["0.5000", "12.35"]


def test_other_names_of_a_group_stand_beside_it(evaluation):
    both = {"all": ["cold", "unseen"]}
    result = Evaluation(**{**vars(evaluation), "identical_slices": both})
    sentence = "2,345 held-out items of 1,234 users; every item is cold and"
    assert f"**all: {sentence} unseen**" in format_tables.markdown(result)
    assert format_tables.text(result, 70).startswith(
        f"all: {sentence}\nunseen\n"
    )
    assert "every item" not in format_tables.text(evaluation, 70)


def test_the_markdown_has_every_metric_with_its_interval(evaluation):
    result = format_tables.markdown(evaluation)
    assert (
        "| model | auc | hr@5 | ndcg@5 | minutes | auc_100 | coverage@5 | "
        "novelty@5 |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| popularity | 0.7123 ±0.0200 | 0.2000 ±0.0200 | 0.1000* ±0.0200 | "
        "0.00 | 0.7100 ±0.0200 | 0.5000 | 12.35 ±0.02 |\n"
    ) in result
    assert result.startswith("Better.\n\n**all: ")
    assert "| model | auc | minutes |\n| --- | ---: | ---: |\n| two_t" in result
    assert "Protocol: made." in result
    assert result.count("p = 0.0312") == 1


def test_nothing_is_compared_where_there_is_no_baseline(evaluation):
    alone = Evaluation(
        **{**vars(evaluation), "comparison": None, "cpu_minutes": {}}
    )
    assert format_tables.comparison_lines(alone) == []
    assert format_tables.efficiency_lines(alone) == []
    assert "minus" not in format_tables.text(alone, 80)
    assert "minutes" not in format_tables.markdown(alone)
