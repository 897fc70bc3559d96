"""Assignment of users to version labels."""

import json

import pytest

from atelier.io.errors import UserError
from serving.experiments.assignment import Experiment
from serving.experiments.assignment import assign
from serving.experiments.assignment import load_experiment

SPLIT = {"stable": 0.5, "canary": 0.3, "bold": 0.2}
USERS = [f"user-{number}" for number in range(10_000)]


def _experiment(labels=SPLIT, salt="7f3a"):
    return Experiment("ease", salt, labels)


def _chi_square(counts, expected):
    return sum(
        (counts[cell] - number) ** 2 / number
        for cell, number in expected.items()
    )


@pytest.mark.parametrize(
    ("user", "label"),
    [
        # printf '7f3a\nuser-0' | sha256sum begins with 50b5: 0.32 of the range.
        ("user-0", "canary"),
        ("user-1", "stable"),
        ("user-5", "bold"),
        ("ö", "canary"),
    ],
)
def test_the_label_of_a_user_never_changes(user, label):
    assert assign(user, _experiment()) == label
    assert assign(user, _experiment(dict(reversed(SPLIT.items())))) == label


def test_users_are_divided_by_the_shares():
    labels = [assign(user, _experiment()) for user in USERS]
    counts = {label: labels.count(label) for label in SPLIT}
    expected = {label: share * len(USERS) for label, share in SPLIT.items()}
    # The 99th percentile of chi-square with two degrees of freedom.
    assert _chi_square(counts, expected) < 9.21


def test_two_experiments_divide_the_users_independently():
    half = {"a": 0.5, "b": 0.5}
    pairs = [
        assign(user, _experiment(half, "one"))
        + assign(user, _experiment(half, "two"))
        for user in USERS
    ]
    counts = {pair: pairs.count(pair) for pair in ("aa", "ab", "ba", "bb")}
    # The 99th percentile of chi-square with three degrees of freedom.
    assert _chi_square(counts, dict.fromkeys(counts, len(USERS) / 4)) < 11.34


def test_a_growing_label_keeps_its_users():
    small = _experiment({"stable": 0.9, "canary": 0.1})
    large = _experiment({"stable": 0.4, "canary": 0.6})
    for user in USERS[:1000]:
        if assign(user, small) == "canary":
            assert assign(user, large) == "canary"


def test_an_experiment_is_read_from_its_file(tmp_path):
    path = tmp_path / "experiment.json"
    path.write_text(
        json.dumps({"name": "ease", "salt": "7f3a", "labels": SPLIT})
    )
    assert load_experiment(str(path)) == _experiment()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "Expecting"),
        ("[]", "it must be an object with the keys name, salt, labels"),
        ('{"name": "ease"}', "it must be an object with the keys"),
        ({"salt": ""}, "salt must be a text, got ''"),
        ({"name": 3}, "name must be a text, got 3"),
        ({"labels": {"stable": 1}}, "two or more labels with their shares"),
        ({"labels": ["stable", "canary"]}, "two or more labels"),
        ({"labels": {"a": 0.5, "b": 0.6}}, "must add up to 1, got 1.1"),
        ({"labels": {"a": 1.5, "b": -0.5}}, "above 0 and below 1, got 'a': 1"),
        ({"labels": {"a": "half", "b": 0.5}}, "got 'a': 'half'"),
    ],
)
def test_a_bad_file_is_explained(tmp_path, content, problem):
    path = tmp_path / "experiment.json"
    good = {"name": "ease", "salt": "7f3a", "labels": SPLIT}
    is_text = isinstance(content, str)
    path.write_text(content if is_text else json.dumps({**good, **content}))
    with pytest.raises(UserError, match=problem) as error:
        load_experiment(str(path))
    assert str(error.value).startswith(f"experiment file {path}: ")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="there is no experiment file .*x.json"):
        load_experiment(str(tmp_path / "x.json"))
