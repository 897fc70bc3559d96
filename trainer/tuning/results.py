"""Results of the trials: a line of each, and the table of all."""

from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import Trial
from optuna.trial import TrialState

from atelier.cli.text_tables import markdown_table

MARKDOWN = "search.md"
"""File of the table."""
NUMBER, ERROR = "number", "error"
"""User attributes of a trial: its number from 1; why it failed."""

_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


def ended_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Returns the trials that have ended; an interrupted one has not."""
    return [
        trial
        for trial in study.get_trials(states=tuple(_STATES))
        if trial.state != TrialState.FAIL or error_of(trial)
    ]


def number_of(trial: Trial | FrozenTrial) -> int:
    """Returns the number of a trial, from 1."""
    return int(trial.user_attrs[NUMBER])


def error_of(trial: FrozenTrial) -> str:
    """Returns why a trial failed; "" if it did not."""
    return str(trial.user_attrs.get(ERROR, ""))


def line(trial: FrozenTrial, trials: int, metric: str) -> str:
    """Returns the line of an ended trial.

    Args:
        trial: The trial.
        trials: Total number of trials.
        metric: Name of the metric.
    """
    parts = [f"trial {number_of(trial)} of {trials}: {_STATES[trial.state]}"]
    metrics = _metrics(trial)
    if metrics:
        best = max(metrics)
        parts.append(
            f"{metric} {best:.4f} in epoch {metrics.index(best) + 1} of "
            f"{len(metrics)}"
        )
    parts.append(
        " ".join(f"{name}={_cell(v)}" for name, v in trial.params.items())
    )
    return ", ".join(parts) + (
        f"; {error}" if (error := error_of(trial)) else ""
    )


def markdown(metric: str, trials: list[FrozenTrial]) -> str:
    """Returns the table of ended trials: finished ones first, best first.

    Args:
        metric: Name of the metric.
        trials: The trials.
    """
    names = list(trials[0].params)
    rows = [["trial", metric, "epoch", "epochs", *names, "state"]]
    for trial in sorted(trials, key=_rank):
        metrics = _metrics(trial)
        best = max(metrics, default=None)
        rows.append(
            [
                str(number_of(trial)),
                "" if best is None else f"{best:.4f}",
                "" if best is None else str(metrics.index(best) + 1),
                str(len(metrics)),
                *(_cell(trial.params[name]) for name in names),
                _STATES[trial.state],
            ]
        )
    return markdown_table(rows) + "\n"


def _rank(trial: FrozenTrial) -> tuple[bool, float]:
    finished = trial.state == TrialState.COMPLETE
    return not finished, -max(_metrics(trial), default=float("-inf"))


def _metrics(trial: FrozenTrial) -> list[float]:
    """Returns the metric after each epoch."""
    return list(trial.intermediate_values.values())


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
