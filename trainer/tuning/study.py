"""Hyperparameter search with TPE sampling and median pruning (Optuna)."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable
from collections.abc import Generator
from typing import Any

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial
from optuna.trial import Trial
from optuna.trial import TrialState

from atelier.cli.flags import flag_text
from atelier.io import files
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.tuning import results
from trainer.tuning.search_space import Space
from trainer.tuning.trial_runner import TrialError

JOURNAL = "optuna.journal"
"""Storage of the study, from which the same command resumes."""
TRIALS = "trials"
"""Subfolder of the search with the runs of its trials."""

_SETTINGS = "settings"
_logger = logging.getLogger(__name__)

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
        settings: Settings that must be the same on resume, by name.
        seed: Seed of the sampled values.
        epochs: Epochs of a trial, unless the search varies them.
        metric: Name of the metric to maximize.
    """

    run_dir: str
    trials: int
    space: Space
    settings: dict[str, str]
    seed: int
    epochs: int
    metric: str


def search(plan: StudyConfig, train: Train) -> optuna.Study:
    """Runs the remaining trials and logs the result of each.

    The values of a trial depend only on the seed, its number and the earlier
    trials. A search that is restarted therefore samples the same values, and
    the run of the interrupted trial resumes from its checkpoint.

    Args:
        plan: Options of the search.
        train: Function that trains a run.

    Returns:
        The study; `results.ended_trials` are its trials.

    Raises:
        UserError: If the folder holds another search, or no trial finished.
    """
    study = _load_study(plan)
    while len(ended := results.ended_trials(study)) < plan.trials:
        study.sampler = TPESampler(seed=_seed(plan.seed, len(ended)))
        trial = study.ask(plan.space)
        trial.set_user_attr(results.NUMBER, len(ended) + 1)
        _run_trial(study, trial, plan, train)
        ended = results.ended_trials(study)
        json_files.write_text(
            plan.run_dir, results.MARKDOWN, results.markdown(plan.metric, ended)
        )
        _logger.info(results.line(ended[-1], plan.trials, plan.metric))
    if not any(trial.state == TrialState.COMPLETE for trial in ended):
        raise UserError(
            f"none of {len(ended)} trials finished; the error of the last one: "
            f"{results.error_of(ended[-1]) or 'none'}"
        )
    return study


def _load_study(plan: StudyConfig) -> optuna.Study:
    """Creates or loads the study; queues its interrupted trial again."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    files.make_folders(plan.run_dir)
    path = paths.join(plan.run_dir, JOURNAL)
    try:
        study = optuna.create_study(
            study_name="tune",
            storage=JournalStorage(JournalFileBackend(path)),
            load_if_exists=True,
            direction="maximize",
            pruner=MedianPruner(n_warmup_steps=1),
        )
    except ValueError as error:
        raise UserError(
            f"{path} cannot be read ({error}); give another --run_dir"
        ) from error
    before = study.user_attrs.get(_SETTINGS, plan.settings)
    for name, value in plan.settings.items():
        if before[name] != value:
            raise UserError(
                f"{plan.run_dir} was started with {name} {before[name]!r}, "
                f"got {value!r}; give another --run_dir"
            )
    study.set_user_attr(_SETTINGS, plan.settings)
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        # It continues in the same folder, because it did not end.
        study.enqueue_trial(trial.params, skip_if_exists=True)
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def _run_trial(
    study: optuna.Study, trial: Trial, plan: StudyConfig, train: Train
) -> None:
    """Runs or resumes a trial and stores its result."""
    run_dir = run_dir_of(plan.run_dir, trial)
    files.make_folders(run_dir)
    last = int(trial.params.get("epochs", plan.epochs)) - 1
    state, metrics = TrialState.COMPLETE, []
    try:
        with contextlib.closing(train(run_dir, flags_of(trial))) as epochs:
            for epoch, metric in enumerate(epochs):
                metrics.append(metric)
                trial.report(metric, epoch)
                # Pruning after the last epoch would save no time.
                if epoch < last and trial.should_prune():
                    state = TrialState.PRUNED
                    break
    except TrialError as error:
        trial.set_user_attr(results.ERROR, str(error))
        state = TrialState.FAIL
    value = max(metrics) if state == TrialState.COMPLETE else None
    study.tell(trial, value, state)


def run_dir_of(folder: str, trial: Trial | FrozenTrial) -> str:
    """Returns the run folder of a trial.

    Args:
        folder: Folder of the search.
        trial: The trial.
    """
    return paths.join(folder, TRIALS, str(results.number_of(trial)))


def flags_of(trial: Trial | FrozenTrial) -> list[str]:
    """Returns the varied flags of a trial."""
    return [flag_text(name, value) for name, value in trial.params.items()]


def first_values(space: Space) -> dict[str, Any]:
    """Returns the first choice or the minimum of each varied flag."""
    return {name: _first(values) for name, values in space.items()}


def _first(values: Any) -> Any:
    if isinstance(values, CategoricalDistribution):
        return values.choices[0]
    return values.low


def _seed(seed: int, index: int) -> int:
    """Returns the seed of a trial."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
