"""What all baselines have in common."""

import contextlib
import dataclasses
import importlib
import sys

import numpy as np
import pytest

from atelier.io.errors import UserError
from trainer.baselines import BASELINES
from trainer.baselines import training_loop as fitting
from trainer.baselines.blends import BLENDS
from trainer.baselines.fit_baseline import FITS
from trainer.baselines.fit_baseline import fit_baseline
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.per_user import auc
from trainer.metrics.ranking.ranks import rank_held_out


def test_each_name_has_a_function():
    assert [*FITS, *BLENDS] == list(BASELINES)


@pytest.fixture(
    params=[
        # As long as all the others together.
        pytest.param(name, marks=pytest.mark.slow if name == "sasrec" else ())
        for name in FITS
    ]
)
def name(request):
    """A baseline whose package is installed."""
    if request.param == "ials":
        pytest.importorskip("implicit")
    return request.param


def test_each_finds_what_was_planted(name, planted, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 4)  # Of 60.
    scorer = fit_baseline(name, planted)
    held_out = HeldOut.of_split(planted.interactions, "test")
    result = np.mean(auc(rank_held_out(scorer, held_out).ranks))
    # Popularity knows which of each style are taken, not who likes what. Four
    # epochs are few for attention.
    at_least = {"random": 0.4, "popularity": 0.52, "sasrec": 0.7}.get(
        name, 0.75
    )
    assert at_least < result < (0.6 if name == "random" else 1.0)

    users = np.array([2, 40, 2])
    scores = scorer(users)
    assert scores.shape == (3, planted.num_items)
    np.testing.assert_allclose(scores[0], scores[2], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_each_fit_to_the_same_data_gives_the_same_scores(
    name, planted, monkeypatch
):
    monkeypatch.setattr(fitting, "EPOCHS", 2)
    users = np.array([2, 40])
    first, second = (fit_baseline(name, planted)(users) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("name", "need"),
    [
        (name, need)
        for name, needs in BASELINES.items()
        for need in needs
        if need != "times"  # Those are in the interactions.
    ],
)
def test_what_a_baseline_needs_is_asked_for(name, need, planted):
    with pytest.raises(UserError, match=f"{name} needs the {need}"):
        fit_baseline(name, dataclasses.replace(planted, **{need: None}))


def test_the_machine_does_without_categories(planted, monkeypatch):
    monkeypatch.setattr(fitting, "EPOCHS", 2)
    data = dataclasses.replace(planted, categories=None)
    assert fit_baseline("fm", data)(np.array([0])).shape == (1, data.num_items)


def test_an_unknown_name_is_answered_with_the_known_ones(planted):
    with pytest.raises(UserError, match="random, popularity.*got 'vpbr'"):
        fit_baseline("vpbr", planted)


def test_a_missing_package_is_named(planted, monkeypatch):
    # Else what is imported in part stays behind and breaks later imports.
    with contextlib.suppress(ImportError):
        importlib.import_module("implicit")
    for loaded in [*sys.modules, "implicit"]:
        if loaded.partition(".")[0] == "implicit":
            monkeypatch.setitem(sys.modules, loaded, None)
    with pytest.raises(UserError, match="ials needs .* pip install"):
        fit_baseline("ials", planted)
