"""Options of a new version, out of flags and the version that is served."""

import pytest

from atelier.io.errors import UserError
from export.cli.publish_flags import MIN_RECALL
from export.cli.publish_flags import PublishRecommenderOptions
from export.publishing.recommender_options import RecommenderOptions


def merged(served, **flags):
    options = PublishRecommenderOptions(
        run_dir="run", model_dir="models", **flags
    )
    return options.merge(served)


def test_flags_come_before_the_served_version():
    served = {"top_k": 7, "batched": True, "min_recall": 0.9}
    assert merged(served) == RecommenderOptions(
        top_k=7, batched=True, min_recall=0.9
    )
    assert merged(served, top_k=3, batching=False, index="exact", keep=2) == (
        RecommenderOptions(top_k=3, keep=2)
    )
    assert merged(served, min_recall=0.5).min_recall == 0.5
    assert not merged({"thumbnails": False}).thumbnails
    assert merged({"thumbnails": False}, thumbnails=True).thumbnails
    assert not merged({"user_sample": False}).user_sample
    assert not merged({}, user_sample=False).user_sample


def test_an_ivf_index_has_a_minimum_recall():
    assert merged({}, index="ivf").min_recall == MIN_RECALL
    assert merged({}) == RecommenderOptions()
    with pytest.raises(UserError, match="--min_recall requires --index ivf"):
        merged({}, min_recall=0.5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"top_k": 0}, "--top_k must be positive, got 0"),
        ({"min_recall": 1.5}, "--min_recall must be from 0 to 1, got 1.5"),
    ],
)
def test_values_out_of_range(options, words):
    with pytest.raises(UserError, match=words):
        RecommenderOptions(**options)
