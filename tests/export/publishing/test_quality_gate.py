"""A run that falls short is refused, by `gate` and by the export alike."""

import pathlib
import shutil
from types import SimpleNamespace

import pytest

from atelier.io import json_files
from atelier.io.errors import UserError
from export import task
from export.publishing import quality_gate
from export.publishing.publish_recommender import export_recommender


def run_command(name, run_dir, model_dir, *flags):
    task.main(
        [name, f"--run_dir={run_dir}", f"--model_dir={model_dir}", *flags]
    )


def measured(mean):
    """Metrics of a run, by a paired test of an interval of 0.2."""
    test = {"difference": mean, "low": mean - 0.1, "high": mean + 0.1}
    return {
        "models": {"two_tower": {"all": {"auc": 0.7}}},
        "rivals": {"popularity": {"auc": test, "ndcg@5": test}},
        "verdict": "Better than Popularity.",
    }


@pytest.fixture
def run_of(run_dir, tmp_path):
    """Returns run_of(metrics): a copy of the run, so evaluated."""
    shutil.copytree(run_dir, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()

    def evaluated(metrics):
        json_files.write_json(str(tmp_path / "run"), "metrics.json", metrics)
        return tmp_path / "run"

    return evaluated


@pytest.fixture
def not_evaluated(run_of, tmp_path):
    return tmp_path / "run"


@pytest.mark.parametrize("name", ["gate", "recommender"])
def test_a_run_without_an_evaluation_is_evaluated_first(
    name, not_evaluated, tmp_path, monkeypatch
):
    def evaluate(run, options):
        assert options.baselines == "popularity"
        json_files.write_json(run.run_dir, "metrics.json", measured(-0.3))

    monkeypatch.setattr(quality_gate, "evaluate", evaluate)
    with pytest.raises(UserError, match="significantly worse than popularity"):
        run_command(name, not_evaluated, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_without_test_items_nothing_is_compared(
    not_evaluated, tmp_path, monkeypatch, caplog
):
    manifest = SimpleNamespace(counts={})
    monkeypatch.setattr(
        quality_gate, "Manifest", SimpleNamespace(read=lambda _: manifest)
    )
    with pytest.raises(UserError, match="the run is not evaluated"):
        export_recommender(
            str(not_evaluated), str(tmp_path / "models"), min_auc=0.5
        )
    assert "is not compared with popularity" in caplog.text


def test_a_passed_gate_prints_the_verdict_and_publishes_nothing(
    run_of, tmp_path, capsys
):
    run_command("gate", run_of(measured(0.3)), tmp_path / "models")

    assert capsys.readouterr().out == (
        "passed: an export would publish the run\n"
        "evaluation: Better than Popularity.\n"
    )
    assert not (tmp_path / "models").exists()


def test_the_gate_knows_the_served_version(run_of, exported, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(exported, models / exported.name)
    with pytest.raises(UserError, match="--max_drop"):
        run_command("gate", run_of(measured(0.3)), models, "--max_drop=0")
    assert [path.name for path in pathlib.Path(models).iterdir()] == [
        exported.name
    ]
