import dataclasses

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.baselines import BASELINES
from trainer.data.interactions import load_interactions
from trainer.data.item_content import load_item_content
from trainer.evaluation.config import EvaluationConfig
from trainer.evaluation.fit_baselines import choose_baselines
from trainer.evaluation.fit_baselines import load_baseline_data


@pytest.fixture
def load(uneven_dir):
    """Returns load(name): the data of a baseline, with features at hand."""
    features = np.ones((82, 2), np.float32)
    interactions = load_interactions(uneven_dir)
    return lambda name: load_baseline_data(
        [name], uneven_dir, interactions, None, features
    )


def test_items_with_equal_attributes_have_equal_features(load, uneven_dir):
    attributes, text = load("content_rank").content
    assert len(attributes) == len(text) == 82
    known = load_item_content(uneven_dir).attributes.to_list()
    pairs = [(0, item) for item in range(82)]
    equal = [known[one] == known[other] for one, other in pairs]
    assert 1 < sum(equal) < 82
    cosines = [attributes[one] @ attributes[other] for one, other in pairs]
    np.testing.assert_allclose(np.array(cosines)[equal], 1, atol=1e-5)
    assert max(np.array(cosines)[~np.array(equal)]) < 0.99


def test_content_is_read_only_for_a_baseline_that_needs_it(load):
    assert load("vis_rank").content is None


@pytest.fixture
def timeless(uneven_dir):
    """Interactions without times."""
    return dataclasses.replace(load_interactions(uneven_dir), times=None)


def test_all_baselines_are_those_that_the_data_allow(timeless, caplog):
    names = choose_baselines(EvaluationConfig(baselines="all"), timeless)
    assert names == [name for name in BASELINES if name != "sasrec"]
    (message,) = caplog.messages
    assert message.startswith("left out: the baseline sasrec needs the times")
    timed = dataclasses.replace(timeless, times=timeless.train)
    options = EvaluationConfig(baselines="all")
    assert choose_baselines(options, timed) == list(BASELINES)


@pytest.mark.parametrize(
    "names",
    [
        {"baselines": "random,sasrec"},
        {"baselines": "all", "reference_baseline": "sasrec"},
    ],
)
def test_a_named_baseline_without_its_times_is_refused(names, timeless):
    with pytest.raises(UserError, match="sasrec needs the times"):
        choose_baselines(EvaluationConfig(**names), timeless)
