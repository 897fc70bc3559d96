"""Intervals and tests that hold at every look, against simulations."""

import itertools
import math

import numpy as np
import pytest

from serving.experiments import always_valid
from serving.experiments.always_valid import has_mismatch
from serving.experiments.always_valid import ratio_interval

HALF = {"stable": 0.5, "canary": 0.5}


def test_the_boundary_is_that_of_the_normal_mixture():
    """Averaged over effects of the prior, the evidence there is 1 / alpha."""
    num_users, alpha = 400, 0.05
    twice = -2 * math.log(alpha)
    rho = math.sqrt((twice + math.log(twice + 1)) / 1000)
    total = math.sqrt(num_users * always_valid._boundary(num_users, alpha))
    effects = np.linspace(-8 * rho, 8 * rho, 20_001)
    prior = np.exp(-((effects / rho) ** 2) / 2) / (rho * math.sqrt(2 * np.pi))
    ratio = np.exp(effects * total - effects**2 * num_users / 2)
    evidence = np.sum(prior * ratio) * (effects[1] - effects[0])
    assert evidence == pytest.approx(1 / alpha, rel=1e-6)


def test_the_interval_is_the_ratios_that_are_not_refuted():
    random = np.random.default_rng(0)
    values, reference = random.gamma(2, 1.2, 300), random.gamma(2, 1, 500)
    low, high = ratio_interval(list(values), list(reference))
    ratios = np.linspace(0.01, 3, 30_000)
    difference = values.mean() - ratios * reference.mean()
    error = values.var(ddof=1) / 300 + ratios**2 * reference.var(ddof=1) / 500
    boundary = always_valid._boundary(800, 0.05)
    kept = ratios[difference**2 <= boundary * error]
    assert (low, high) == pytest.approx((kept[0], kept[-1]), abs=2e-4)


@pytest.mark.parametrize(
    ("values", "reference", "expected"),
    [
        ([1.0, 1.0, 1.0], [2.0, 2.0], (0.5, 0.5)),
        ([0.0, 0.0, 1.0], [5.0, 5.0], (0.0, pytest.approx(0.66, abs=0.5))),
        ([5.0, 5.0], [0.0, 0.0, 1.0], (pytest.approx(1.5, abs=1), math.inf)),
        ([0.0, 1.0], [0.0, 1.0], (0.0, math.inf)),
        ([0.0, 0.0], [0.0, 0.0], (0.0, math.inf)),
    ],
)
def test_intervals_of_a_few_users(values, reference, expected):
    assert ratio_interval(values, reference) == expected


def _first_exclusion(outcomes, is_canary, boundary):
    """Whether any look excludes equal means, by sums of all users so far."""
    arms = np.stack([~is_canary, is_canary])
    count = np.maximum(np.cumsum(arms, axis=1), 2)
    mean = np.cumsum(arms * outcomes, axis=1) / count
    square = np.cumsum(arms * outcomes**2, axis=1) / count
    error = np.sum((square - mean**2) / (count - 1), axis=0)
    excluded = (mean[1] - mean[0]) ** 2 > boundary * error
    return bool(np.any(excluded & (count.min(axis=0) >= 50)))


def test_looking_after_every_user_rarely_finds_what_is_not_there():
    """400 experiments without a difference, looked at after every user."""
    random = np.random.default_rng(0)
    num_users = 1500
    boundary = np.array(
        [always_valid._boundary(n + 1, 0.05) for n in range(num_users)]
    )
    found = {"always valid": 0, "fixed": 0}
    for _ in range(400):
        likes = random.binomial(5, random.beta(0.4, 1.6, num_users)) / 5
        is_canary = random.random(num_users) < 0.5
        found["always valid"] += _first_exclusion(likes, is_canary, boundary)
        found["fixed"] += _first_exclusion(likes, is_canary, 1.96**2)
    assert found["always valid"] <= 0.05 * 400
    # What an interval for a fixed number of users does.
    assert found["fixed"] > 0.2 * 400


def test_users_who_come_back_do_not_mislead():
    """Values of users grow between the looks of 40 experiments."""
    random = np.random.default_rng(0)
    excluded = 0
    for _ in range(40):
        likes_something = random.beta(2, 8, 300)
        is_canary = random.random(300) < 0.5
        lists, likes = np.zeros(300), np.zeros(300)
        for look in range(1, 101):
            users = random.integers(0, 100 + 2 * look, 20)
            np.add.at(lists, users, 1)
            np.add.at(likes, users, random.random(20) < likes_something[users])
            if look % 10:
                continue
            low, high = ratio_interval(
                *(
                    (likes[seen] / lists[seen]).tolist()
                    for arm in (is_canary, ~is_canary)
                    for seen in [arm & (lists > 0)]
                )
            )
            if not low <= 1 <= high:
                excluded += 1
                break
    assert excluded <= 2


def test_a_difference_is_found():
    random = np.random.default_rng(0)
    canary = random.binomial(5, 0.3, 1000) / 5
    stable = random.binomial(5, 0.2, 1000) / 5
    low, high = ratio_interval(canary.tolist(), stable.tolist())
    assert 1 < low < 1.5 < high < 2


@pytest.mark.parametrize(
    ("counts", "shares", "mismatch"),
    [
        ({"stable": 500, "canary": 500}, HALF, False),
        ({"stable": 520, "canary": 480}, HALF, False),
        ({"stable": 600, "canary": 400}, HALF, True),
        ({"stable": 50, "canary": 50}, {"stable": 0.9, "canary": 0.1}, True),
        ({"stable": 93, "canary": 7}, {"stable": 0.9, "canary": 0.1}, False),
        ({"stable": 60}, HALF, True),
        ({"stable": 1}, HALF, False),
        ({}, HALF, False),
    ],
)
def test_shares_of_the_users(counts, shares, mismatch):
    assert has_mismatch(counts, shares) is mismatch


def test_sound_shares_are_rarely_a_mismatch_at_any_look():
    random = np.random.default_rng(0)
    alarms = 0
    for _ in range(100):
        is_canary = random.random(400) < 0.5
        canary = itertools.accumulate(is_canary.tolist())
        alarms += any(
            has_mismatch({"canary": n, "stable": total - n}, HALF)
            for total, n in enumerate(canary, 1)
        )
    assert alarms <= 1
