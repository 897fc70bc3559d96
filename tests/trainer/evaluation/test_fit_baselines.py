import numpy as np
import pytest

from trainer.data.interactions import load_interactions
from trainer.data.item_content import load_item_content
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
