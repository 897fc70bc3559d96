"""Sentences on a few users."""

from collections import Counter

from serving.experiments.assignment import Experiment
from serving.experiments.comparison import compare
from serving.experiments.outcomes import Outcomes


def test_an_upper_end_that_is_still_unknown():
    users = [f"u{number}" for number in range(60)]
    one_in_six = Outcomes(Counter(users), Counter(users[:10]))
    experiment = Experiment("ease", "7f3a", {"stable": 0.5, "canary": 0.5})
    comparison = compare(
        {"stable": one_in_six, "canary": one_in_six}, experiment
    )
    (verdict,) = comparison.verdict
    assert "the interval from -100.0 % to no limit includes 0" in verdict
    reference, other = comparison.results
    assert reference.lift is None
    assert other.lift.estimate == 0
    assert (other.num_users, other.num_lists, other.num_likes) == (60, 60, 10)
