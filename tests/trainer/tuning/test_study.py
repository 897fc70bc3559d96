"""The search, of trials whose metrics are known."""

import contextlib
import dataclasses
import math

import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.tuning import results as table
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
        asked={"--search": SPACE},
        seed=1,
        epochs=EPOCHS,
        metric="val_auc",
    )


@pytest.fixture
def unbroken(plan):
    trainer = Trainer()
    return search(plan, trainer), trainer


def test_the_best_is_found_and_what_is_worse_broken_off(plan, capsys):
    trainer = Trainer()
    rows = search(plan, trainer)
    best = table.best_of(rows)
    metrics = {row.number: row.metric for row in rows if row.finished}
    assert best.number == max(metrics, key=metrics.__getitem__)
    assert 1e-3 < best.values["learning_rate"] < 1e-1
    pruned = [row for row in rows if row.state == "pruned"]
    assert pruned
    medians = sorted(metrics.values())
    for row in pruned:
        # Not after the first epoch, and then at once.
        assert row.number > 5
        assert len(row.metrics) == 2
        assert row.metric < medians[len(medians) // 2]
    assert trainer.epochs == sum(len(row.metrics) for row in rows)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == plan.trials
    assert lines[0].startswith("trial 1 of 9: finished, val_auc 0.")


def test_the_table_has_all_trials_the_best_first(unbroken, plan):
    rows, _ = unbroken
    written = json_files.read_json(plan.run_dir, table.FILE_NAME)
    assert written["trials"] == [dataclasses.asdict(row) for row in rows]
    assert written["asked"] == plan.asked
    with open(f"{plan.run_dir}/{table.MARKDOWN}") as file:
        lines = file.read().splitlines()
    assert len(lines) == 2 + plan.trials
    assert lines[2].startswith(f"| {table.best_of(rows).number} | 0.")
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
    rows = search(plan, trainer)
    # The trial in which it died is taken up, in its own folder.
    assert trainer.begun[0] == killed.begun[-1]
    assert [*killed.begun[:-1], *trainer.begun] == unbroken[1].begun
    assert _without_folder(rows) == _without_folder(unbroken[0])


def test_more_trials_may_follow_and_nothing_else_may_change(unbroken, plan):
    trainer = Trainer()
    more = dataclasses.replace(plan, trials=10)
    assert len(search(more, trainer)) == 10
    assert [one[0] for one in trainer.begun] == ["10"]
    assert len(search(plan, trainer)) == 10
    other = dataclasses.replace(plan, asked={"--search": "epochs=1..2"})
    with pytest.raises(UserError, match=r"give another --run_dir"):
        search(other, trainer)


def test_a_trial_that_fails_ends_no_search(plan, capsys):
    plan = dataclasses.replace(plan, trials=3)
    rows = search(plan, Trainer(fail=("2",)))
    assert [row.state for row in rows] == ["finished", "failed", "finished"]
    said = capsys.readouterr().out.splitlines()[1]
    assert said.startswith("trial 2 of 3: failed, learning_rate=")
    assert said.endswith("; error: too little memory")


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


def _without_folder(rows):
    return [dataclasses.replace(row, run_dir="") for row in rows]
