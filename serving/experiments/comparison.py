"""Comparison of the labels of an experiment, in figures and in words."""

import dataclasses
import math
from statistics import fmean

from atelier.io.errors import UserError
from serving.experiments.always_valid import ALPHA
from serving.experiments.always_valid import has_mismatch
from serving.experiments.always_valid import ratio_interval
from serving.experiments.assignment import Experiment
from serving.experiments.outcomes import Outcomes

MIN_USERS = 50
MIN_LIKING_USERS = 10
"""Minimum number of users of a label, and of those who liked something. With
fewer, the interval of a large sample does not hold: it excluded a true ratio of
1 in more than 5 % of simulated experiments."""


@dataclasses.dataclass(frozen=True)
class Lift:
    """Relative difference of the rate of a label from that of the reference.

    Attributes:
        estimate: Estimate, such as 0.12 for 12 % more.
        low: Lower end of the always-valid interval, at least -1.
        high: Upper end, infinite if there is none yet.
    """

    estimate: float
    low: float
    high: float

    @property
    def interval(self) -> str:
        """Both ends as text, such as "+3.1 % to +22.4 %"."""
        high = "no limit" if self.high == math.inf else percent(self.high)
        return f"{percent(self.low)} to {high}"


@dataclasses.dataclass(frozen=True)
class LabelResult:
    """Result of a label.

    Attributes:
        label: Version label.
        num_users: Number of users who were shown a list.
        num_lists: Number of lists that they were shown.
        num_likes: Number of their likes.
        rate: Likes per list, averaged over the users.
        lift: Comparison with the reference; None for the reference itself.
    """

    label: str
    num_users: int
    num_lists: int
    num_likes: int
    rate: float
    lift: Lift | None


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Result of an experiment.

    Attributes:
        name: Name of the experiment.
        results: Results of the labels, the reference first.
        verdict: Sentences for people to read, warnings first.
    """

    name: str
    results: tuple[LabelResult, ...]
    verdict: tuple[str, ...]


def compare(
    outcomes: dict[str, Outcomes], experiment: Experiment
) -> Comparison:
    """Compares the labels of an experiment with its first one.

    Several labels share the probability of an error equally (Bonferroni).

    Args:
        outcomes: Outcomes by label.
        experiment: Experiment that divided the users.

    Raises:
        UserError: If a label has no users, or too few.
    """
    _check_enough(outcomes)
    reference, *others = experiment.labels
    rates = {label: found.rates() for label, found in outcomes.items()}
    lifts = {
        label: _lift(rates[label], rates[reference], ALPHA / len(others))
        for label in others
    }
    results = tuple(
        LabelResult(
            label,
            len(outcomes[label].lists),
            outcomes[label].lists.total(),
            sum(outcomes[label].likes[user] for user in outcomes[label].lists),
            fmean(rates[label]),
            lifts.get(label),
        )
        for label in experiment.labels
    )
    counts = {result.label: result.num_users for result in results}
    verdict = [_sentence(label, reference, lifts[label]) for label in others]
    if has_mismatch(counts, experiment.labels):
        verdict.insert(0, _mismatch_sentence(counts, experiment))
    return Comparison(experiment.name, results, tuple(verdict))


def percent(ratio: float) -> str:
    """Returns a relative difference as text, such as "+12.3 %"."""
    return f"{100 * ratio:+.1f} %"


def _lift(rates: list[float], base: list[float], alpha: float) -> Lift:
    low, high = ratio_interval(rates, base, alpha)
    return Lift(fmean(rates) / fmean(base) - 1, low - 1, high - 1)


def _check_enough(outcomes: dict[str, Outcomes]) -> None:
    missing = [label for label, found in outcomes.items() if not found.lists]
    if len(missing) == len(outcomes):
        raise UserError(
            "no list in the log has the label that the experiment assigns to "
            "its user; check that --experiment is the file that the studio or "
            "your clients use, and that they log the label"
        )
    if missing:
        raise UserError(
            f"no user was shown a list of {', '.join(missing)}, so there is "
            "nothing to compare; check that the server has this label"
        )
    for label, found in outcomes.items():
        num_users = len(found.lists)
        num_liking = sum(rate > 0 for rate in found.rates())
        if num_users < MIN_USERS or num_liking < MIN_LIKING_USERS:
            raise UserError(
                f"too early to tell: {num_users} users were shown lists of "
                f"{label}, {num_liking} of them liked something; each label "
                f"needs {MIN_USERS} users, {MIN_LIKING_USERS} with a like"
            )


def _sentence(label: str, reference: str, lift: Lift) -> str:
    """Returns the result of a label in words."""
    size = percent(abs(lift.estimate)).removeprefix("+")
    often = f"{size} {'more' if lift.estimate > 0 else 'less'} often"
    if lift.low > 0 or lift.high < 0:
        return (
            f"The lists of {label} are liked {often} than those of {reference} "
            f"(interval {lift.interval}). This holds however often you look."
        )
    return (
        f"It is open whether {label} or {reference} is better: the lists of "
        f"{label} are liked {often}, but the interval from {lift.interval} "
        "includes 0. Let the experiment run on; looking early does no harm."
    )


def _mismatch_sentence(counts: dict[str, int], experiment: Experiment) -> str:
    total = sum(counts.values())
    listed = ", ".join(
        f"{100 * count / total:.1f} % of the users instead of "
        f"{100 * experiment.labels[label]:.1f} % saw {label}"
        for label, count in counts.items()
    )
    return (
        f"Do not trust this comparison: {listed}, which is more than chance. "
        "Find out why first, for example whether requests of one label fail."
    )
