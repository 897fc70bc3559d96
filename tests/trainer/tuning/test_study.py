"""The search, of trials whose metrics are known."""

import contextlib
import dataclasses
import logging
import math

import pytest
from optuna.trial import TrialState

from atelier.io.errors import UserError
from trainer.tuning import results
from trainer.tuning import study
from trainer.tuning.search_space import parse_space
from trainer.tuning.study import StudyConfig
from trainer.tuning.study import search
from trainer.tuning.trial_runner import TrialError

SPACE = "learning_rate=1e-4..1:log,embedding_dim=8|16"
EPOCHS = 4


class Trainer:
    """Best at a learning rate of 0.01; notes what it was asked to train."""

    def __init__(self, die_after=None, fail=()):
        self.begun, self.epochs = [], 0
        self.die_after = die_after
        self.fail = fail

    def __call__(self, run_dir, flags):
        self.begun.append((run_dir.rpartition("/")[2], *flags))
        rate = float(flags[0].partition("=")[2])
        for epoch in range(EPOCHS):
            self.epochs += 1
            if self.epochs == self.die_after:
                raise KeyboardInterrupt
            if self.begun[-1][0] in self.fail:
                raise TrialError("error: too little memory")
            yield 1 - abs(math.log10(rate) + 2) / 4 - 0.1 / (epoch + 1)


@pytest.fixture
def plan(tmp_path):
    return StudyConfig(
        run_dir=str(tmp_path / "search"),
        trials=9,
        space=parse_space(SPACE),
        settings={"--search": SPACE},
        seed=1,
        epochs=EPOCHS,
        metric="val_auc",
    )


@pytest.fixture
def unbroken(plan):
    trainer = Trainer()
    return search(plan, trainer), trainer


def test_the_best_is_found_and_what_is_worse_broken_off(plan, caplog):
    caplog.set_level(logging.INFO, study.__name__)
    trainer = Trainer()
    result = search(plan, trainer)
    finished = result.get_trials(states=(TrialState.COMPLETE,))
    assert result.best_value == max(trial.value for trial in finished)
    assert 1e-3 < result.best_params["learning_rate"] < 1e-1
    pruned = result.get_trials(states=(TrialState.PRUNED,))
    assert pruned
    medians = sorted(trial.value for trial in finished)
    for trial in pruned:
        # Not after the first epoch, and then at once.
        assert results.number_of(trial) > 5
        metrics = trial.intermediate_values.values()
        assert len(metrics) == 2
        assert max(metrics) < medians[len(medians) // 2]
    assert trainer.epochs == sum(
        len(trial.intermediate_values) for trial in result.trials
    )
    assert len(caplog.messages) == plan.trials
    assert caplog.messages[0].startswith("trial 1 of 9: finished, val_auc 0.")


def test_the_table_has_all_trials_the_best_first(unbroken, plan):
    result, _ = unbroken
    with open(f"{plan.run_dir}/{results.MARKDOWN}") as file:
        lines = file.read().splitlines()
    assert len(lines) == 2 + plan.trials
    best = results.number_of(result.best_trial)
    assert lines[2].startswith(f"| {best} | 0.")
    assert lines[0] == (
        "| trial | val_auc | epoch | epochs | learning_rate | embedding_dim "
        "| state |"
    )


@pytest.mark.parametrize("die_after", [1, 6, 23])
def test_a_killed_search_tries_what_the_unbroken_one_does(
    unbroken, plan, tmp_path, die_after
):
    plan = dataclasses.replace(plan, run_dir=str(tmp_path / "killed"))
    killed = Trainer(die_after)
    with pytest.raises(KeyboardInterrupt):
        search(plan, killed)

    trainer = Trainer()
    result = search(plan, trainer)
    # The trial in which it died is taken up, in its own folder.
    assert trainer.begun[0] == killed.begun[-1]
    assert [*killed.begun[:-1], *trainer.begun] == unbroken[1].begun
    assert _told(result) == _told(unbroken[0])


def test_more_trials_may_follow_and_nothing_else_may_change(unbroken, plan):
    trainer = Trainer()
    more = dataclasses.replace(plan, trials=10)
    assert len(search(more, trainer).trials) == 10
    assert [flags[0] for flags in trainer.begun] == ["10"]
    assert len(search(plan, trainer).trials) == 10
    other = dataclasses.replace(plan, settings={"--search": "epochs=1..2"})
    with pytest.raises(UserError, match=r"give another --run_dir"):
        search(other, trainer)


def test_a_trial_that_fails_ends_no_search(plan, caplog):
    caplog.set_level(logging.INFO, study.__name__)
    plan = dataclasses.replace(plan, trials=3)
    result = search(plan, Trainer(fail=("2",)))
    assert [trial.state.name for trial in result.trials] == [
        "COMPLETE",
        "FAIL",
        "COMPLETE",
    ]
    line = caplog.messages[1]
    assert line.startswith("trial 2 of 3: failed, learning_rate=")
    assert line.endswith("; error: too little memory")


def test_a_search_in_which_all_trials_fail_says_why(plan):
    plan = dataclasses.replace(plan, trials=2)
    with pytest.raises(UserError, match="none of 2 trials .* little memory"):
        search(plan, Trainer(fail=("1", "2")))


def test_a_trial_is_closed_when_it_is_broken_off(plan, monkeypatch):
    closed = []
    trainer = Trainer()

    def train(run_dir, flags):
        with contextlib.closing(trainer(run_dir, flags)) as epochs:
            try:
                yield from epochs
            except GeneratorExit:
                closed.append(run_dir)
                raise

    monkeypatch.setattr(study.Trial, "should_prune", lambda trial: True)
    with pytest.raises(UserError, match="none of 1 trials"):
        search(dataclasses.replace(plan, trials=1), train)
    assert closed == [f"{plan.run_dir}/trials/1"]


def test_a_journal_of_something_else_is_one_sentence(plan, tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / study.JOURNAL).write_text("no JSON\nat all\n")
    with pytest.raises(UserError, match="journal cannot be read"):
        search(plan, Trainer())


def _told(result):
    """Returns the number, state, values and metrics of each trial."""
    return [
        (trial.user_attrs, trial.state, trial.params, trial.intermediate_values)
        for trial in results.ended_trials(result)
    ]
