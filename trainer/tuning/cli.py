"""Command line of `tune`, the hyperparameter search."""

import argparse
import dataclasses
import functools
import importlib.util
import logging
import shlex
import signal
import sys
from collections.abc import Generator
from collections.abc import Iterable
from collections.abc import Mapping
from types import FrameType
from typing import Any
from typing import Self

from atelier.cli.commands import command_text
from atelier.cli.config_file import read_config
from atelier.cli.flags import Command
from atelier.cli.flags import Options
from atelier.cli.flags import flag_text
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.schema.manifest import Manifest
from trainer.recommender.config import BEST_METRIC
from trainer.recommender.config import RecommenderConfig
from trainer.training.cluster import require_single_worker
from trainer.training.preemption import EXIT_CODE
from trainer.training.run_flags import TrainingDirsOptions
from trainer.tuning.trial_runner import train_apart

_TRIAL = "trainer.tuning.trial_main"
_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuningOptions(TrainingDirsOptions):
    """Options of `tune` beside those of its trials."""

    search: str = option(
        ...,
        "flags to vary and their values, such as "
        "learning_rate=1e-4..1e-2:log,embedding_dim=32|64|128",
    )
    trials: int = option(
        20, "number of trials, including those before a restart", least=1
    )


@dataclasses.dataclass(frozen=True)
class TrialFlags(Options):
    """Flags of `recommender`, which apply to every trial.

    Attributes:
        args: All parsed flags of the command.
    """

    args: argparse.Namespace

    @classmethod
    def add_arguments(
        cls, parser: argparse.ArgumentParser, **defaults: Any
    ) -> None:
        """Adds the flags of `recommender` to the parser."""
        RecommenderConfig.add_arguments(parser, **defaults)

    @classmethod
    def from_arguments(cls, args: argparse.Namespace) -> Self:
        """Keeps the parsed flags."""
        return cls(args)

    def given(self) -> dict[str, Any]:
        """Returns the values of the given flags, by name."""
        fields = dataclasses.fields(RecommenderConfig)
        names = ["config", "preset", *(field.name for field in fields)]
        values = {name: getattr(self.args, name) for name in names}
        return {name: one for name, one in values.items() if one is not None}

    def config(self, varied: Mapping[str, Any]) -> RecommenderConfig:
        """Returns the configuration of a trial.

        Args:
            varied: Values of the varied flags, by name.

        Raises:
            UserError: If a value is out of its range, or contradicts another.
        """
        return RecommenderConfig.from_arguments(
            argparse.Namespace(**{**vars(self.args), **varied})
        )


def _run_search(trial_flags: TrialFlags, options: TuningOptions) -> None:
    """Runs the search and prints the command with the best flags.

    Raises:
        UserError: If the data, the run or a flag is invalid, or optuna is not
            installed.
    """
    _require_optuna()
    # Imported here, because they need optuna, which is optional.
    from trainer.tuning import study
    from trainer.tuning.search_space import parse_space

    require_single_worker("tune")
    fixed = trial_flags.given()
    flags = [flag_text(name, value) for name, value in fixed.items()]
    space = parse_space(options.search)
    _check_free(space, fixed)
    # A fixed flag may be valid only with one that the search varies.
    config = trial_flags.config(study.first_values(space))
    plan = study.StudyConfig(
        run_dir=options.run_dir,
        trials=options.trials,
        space=space,
        settings=_settings(options, fixed.get("config"), flags),
        seed=config.seed,
        epochs=config.epochs,
        metric=BEST_METRIC,
    )
    signal.signal(
        signal.SIGTERM, functools.partial(_end, run_dir=options.run_dir)
    )
    data = f"--data_dir={options.data_dir}"

    def train(run_dir: str, drawn: list[str]) -> Generator[float, None, None]:
        command = ["recommender", data, f"--run_dir={run_dir}", *flags, *drawn]
        return train_apart(_TRIAL, command, run_dir, BEST_METRIC)

    searched = study.search(plan, train)
    _report(
        study.run_dir_of(options.run_dir, searched.best_trial),
        searched.best_value,
        [data, *flags, *study.flags_of(searched.best_trial)],
    )


def _require_optuna() -> None:
    """Raises UserError if optuna is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise UserError(
            "`trainer.task tune` needs the package optuna, which is not "
            "installed; pip install optuna, or install Atelier with its extra "
            "`tuning`"
        )


def _check_free(names: Iterable[str], fixed: Mapping[str, Any]) -> None:
    """Checks that no varied flag has a fixed value.

    Raises:
        UserError: If one has.
    """
    stored = read_config(fixed["config"]) if "config" in fixed else {}
    for name in names:
        if name in stored or name in fixed:
            by = (
                f"--config {fixed['config']}" if name in stored else f"--{name}"
            )
            raise UserError(
                f"--search varies {name}, which {by} fixes; remove one of them"
            )


def _settings(
    options: TuningOptions, config: str | None, flags: list[str]
) -> dict[str, str]:
    """Returns the settings that must be the same on resume, by name."""
    return {
        "--search": options.search,
        "flags": shlex.join(flags),
        "--config": str(read_config(config)) if config else "",
        "data": Manifest.read(options.data_dir).content_hash,
    }


def _report(run_dir: str, metric: float, flags: list[str]) -> None:
    print(
        f"best: {BEST_METRIC} {metric:.4f}, in {run_dir}; to train it again:\n"
        f"{command_text('train recommender', *flags, '--run_dir', 'RUN')}\n"
        f"next: {command_text('evaluate recommender', '--run_dir', run_dir)}"
    )


def _end(number: int, frame: FrameType | None, *, run_dir: str) -> None:
    """Ends the search on SIGTERM; its trial saves a checkpoint first."""
    _logger.warning("stopped by SIGTERM: the same command resumes %s", run_dir)
    sys.exit(EXIT_CODE)


TUNE = Command(
    "tune",
    _run_search,
    (TrialFlags, TuningOptions),
    summary="search for better hyperparameters of the recommender",
    description="Searches for better hyperparameters of the recommender: "
    "trains one run per\ntrial and compares the trials by validation AUC. "
    "All flags of `recommender` are\naccepted and apply to every trial.",
)
