"""Hyperparameter search with TPE sampling and median pruning (Optuna)."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Generator

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.distributions import CategoricalDistribution
from optuna.distributions import FloatDistribution
from optuna.distributions import IntDistribution
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial
from optuna.trial import Trial
from optuna.trial import TrialState

from atelier.io import files
from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.tuning import results as table
from trainer.tuning.search_space import Choice
from trainer.tuning.search_space import Range
from trainer.tuning.search_space import Space
from trainer.tuning.trial_runner import TrialError

TRIALS = "trials"
"""Subfolder of the search with the runs of its trials."""

Train = Callable[[str, list[str]], Generator[float, None, None]]
"""Function of a run folder and flags that trains the run. It yields the metric
of each epoch, stops when the generator is closed, and raises TrialError."""


@dataclasses.dataclass(frozen=True)
class StudyConfig:
    """Options of a search.

    Attributes:
        run_dir: Folder of the search.
        trials: Number of trials, including those before a restart.
        space: Search space.
        asked: Settings that must be the same on resume, by name.
        seed: Seed of the sampled values.
        epochs: Epochs of a trial, unless the search varies them.
        metric: Name of the metric to maximize.
    """

    run_dir: str
    trials: int
    space: Space
    asked: dict[str, str]
    seed: int
    epochs: int
    metric: str


def search(plan: StudyConfig, train: Train) -> list[table.Row]:
    """Runs the remaining trials and prints the result of each.

    The values of a trial depend only on the seed, its number and the earlier
    trials. A search that is restarted therefore samples the same values, and
    the run of the interrupted trial resumes from its checkpoint.

    Args:
        plan: Options of the search.
        train: Function that trains a run.

    Returns:
        All trials, including those before a restart.

    Raises:
        UserError: If the folder holds another search, or no trial finished.
    """
    rows = table.read(plan.run_dir, plan.asked)
    distributions = {
        name: _distribution(one) for name, one in plan.space.items()
    }
    study = _study_of(rows, distributions)
    for index in range(len(rows), plan.trials):
        study.sampler = TPESampler(seed=_seed(plan.seed, index))
        trial = study.ask(distributions)
        rows.append(_make(study, trial, plan, train))
        table.write(plan.run_dir, plan.asked, plan.metric, rows)
        print(table.line(rows[-1], plan.trials, plan.metric), flush=True)
    if not any(row.finished for row in rows):
        raise UserError(
            f"none of {len(rows)} trials finished; the error of the last one: "
            f"{rows[-1].error or 'none'}"
        )
    return rows


def _study_of(
    rows: list[table.Row], distributions: dict[str, BaseDistribution]
) -> optuna.Study:
    """Returns a study with the earlier trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize", pruner=MedianPruner(n_warmup_steps=1)
    )
    for row in rows:
        study.add_trial(_frozen(row, distributions))
    return study


def _frozen(
    row: table.Row, distributions: dict[str, BaseDistribution]
) -> FrozenTrial:
    # For a pruned trial, Optuna keeps the last intermediate value.
    value = row.metric if row.finished else [*row.metrics, None][-1]
    return optuna.trial.create_trial(
        state=_STATES[row.state],
        value=None if row.state == table.FAILED else value,
        params=row.values,
        distributions=distributions,
        intermediate_values=dict(enumerate(row.metrics)),
    )


def _make(
    study: optuna.Study, trial: Trial, plan: StudyConfig, train: Train
) -> table.Row:
    """Runs or resumes a trial."""
    number = trial.number + 1
    run_dir = paths.join(plan.run_dir, TRIALS, str(number))
    files.make_folders(run_dir)
    row = table.Row(number, table.FINISHED, [], trial.params, "", run_dir)
    flags = [f"--{name}={value}" for name, value in row.values.items()]
    last = int(row.values.get("epochs", plan.epochs)) - 1
    try:
        with contextlib.closing(train(run_dir, flags)) as epochs:
            for epoch, metric in enumerate(epochs):
                row.metrics.append(metric)
                trial.report(metric, epoch)
                # Pruning after the last epoch would save no time.
                if epoch < last and trial.should_prune():
                    row = dataclasses.replace(row, state=table.PRUNED)
                    break
    except TrialError as error:
        row = dataclasses.replace(row, state=table.FAILED, error=str(error))
    study.tell(trial, row.metric if row.finished else None, _STATES[row.state])
    return row


_STATES = {
    table.FINISHED: TrialState.COMPLETE,
    table.PRUNED: TrialState.PRUNED,
    table.FAILED: TrialState.FAIL,
}


def _distribution(values: Range | Choice) -> BaseDistribution:
    if isinstance(values, Choice):
        return CategoricalDistribution(values.values)
    if isinstance(values.low, int):
        return IntDistribution(values.low, int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _seed(seed: int, index: int) -> int:
    """Returns the seed of a trial."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
