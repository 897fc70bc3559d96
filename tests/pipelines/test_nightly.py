"""The compiled pipeline, and its run by kfp's local runner."""

import os
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("kfp", reason="needs .venv-pipelines")

import yaml
from kfp import local

from pipelines import components
from pipelines import nightly

ROOT = pathlib.Path(__file__).parents[2]
STEPS = ["prepare", "validate", "train", "evaluate", "gate", "export"]
SPEC = yaml.safe_load(nightly.OUTPUT.read_text())
EFFECTS = ("gate", "export", "refresh-items", "set-availability")


def tasks():
    """Yields each task of all graphs, by its name."""
    graphs = [SPEC["root"], *SPEC["components"].values()]
    for graph in graphs:
        yield from graph.get("dag", {}).get("tasks", {}).items()


def test_the_committed_file_is_what_compiles(tmp_path):
    """If it fails: make compile-pipelines."""
    nightly.main([f"--output={tmp_path / 'nightly.yaml'}"])
    assert (tmp_path / "nightly.yaml").read_text() == nightly.OUTPUT.read_text()


def test_kubeflow_mounts_the_claim_into_every_step(tmp_path):
    output = tmp_path / "kubeflow.yaml"
    subprocess.run(
        [sys.executable, "-m", "pipelines.nightly", f"--output={output}"],
        cwd=ROOT,
        env={**os.environ, "VOLUME": "shop"},
        check=True,
    )
    spec, platforms = yaml.safe_load_all(output.read_text())
    deployment = platforms["platforms"]["kubernetes"]["deploymentSpec"]
    assert deployment["executors"].keys() == (
        spec["deploymentSpec"]["executors"].keys()
    )
    for executor in deployment["executors"].values():
        (mount,) = executor["pvcMount"]
        assert mount["mountPath"] == "/shop"


def test_steps_that_publish_are_not_cached_or_tried_again():
    for name, task in tasks():
        if name.startswith(EFFECTS):
            assert task["cachingOptions"] == {}, name
            assert "retryPolicy" not in task, name


def test_steps_that_can_be_repeated_are_tried_again():
    names = ("prepare", "pretrain", "train", "evaluate")
    for name, task in tasks():
        if name.startswith(names):
            assert task["retryPolicy"]["maxRetryCount"] == 2, name
            assert task["cachingOptions"] == {"enableCache": True}, name


def test_every_parameter_has_a_description():
    parameters = SPEC["root"]["inputDefinitions"]["parameters"]
    assert len(parameters) == 12
    for name, parameter in parameters.items():
        assert parameter.get("description"), name


def test_every_step_runs_in_the_image():
    for executor in SPEC["deploymentSpec"]["executors"].values():
        assert executor["container"]["image"] == "${IMAGE}"
        # Nothing is downloaded when a step starts.
        assert "pip install" not in str(executor["container"])


@pytest.fixture
def run(tmp_path, calls):
    """Returns run(**arguments): the pipeline, in processes of this machine."""
    local.init(
        runner=local.SubprocessRunner(use_venv=False),
        pipeline_root=str(tmp_path / "root"),
        enable_caching=True,
    )

    def run_nightly(**arguments):
        nightly.nightly(
            prepare_config="night/prepare.yaml",
            model_dir=str(tmp_path / "models"),
            **arguments,
        )

    return run_nightly


def test_steps_run_in_order(run, calls):
    run()
    assert calls.names() == STEPS
    assert "--if_exists=overwrite" in calls.flags("prepare")
    assert not [flag for flag in calls.flags("train") if "weights" in flag]


def test_all_that_is_optional_runs_where_it_is_asked_for(run, calls):
    run(
        pretrain_config="pretrain.yaml",
        train_config="train.yaml",
        catalog_config="catalog.yaml",
        in_stock="in_stock.csv",
        prepare_flags=["--direct_num_workers=2"],
    )
    assert calls.names() == [
        *("prepare", "validate", "pretrain", "train", "evaluate", "gate"),
        *("export", "prepare", "refresh-items", "set-availability"),
    ]
    assert "--config=catalog.yaml" in calls.flags("prepare")
    assert "--direct_num_workers=2" in calls.flags("prepare")
    (weights,) = (one for one in calls.flags("train") if "weights" in one)
    assert pathlib.Path(weights.partition("=")[2]).is_file()


def test_a_refused_run_ends_at_the_gate_with_the_reason(
    run, calls, monkeypatch, capsys
):
    monkeypatch.setenv("STUB_FAIL", "gate")
    with pytest.raises(RuntimeError, match="Inner task failed.*gate"):
        run(in_stock="in_stock.csv")
    assert calls.names() == STEPS[:-1]
    assert "RuntimeError: error: gate has a reason" in capsys.readouterr().out


def test_the_next_run_takes_finished_steps_from_the_cache(
    run, calls, monkeypatch
):
    monkeypatch.setenv("STUB_FAIL", "gate")
    with pytest.raises(RuntimeError):
        run()
    monkeypatch.delenv("STUB_FAIL")
    run()
    assert calls.names() == [*STEPS[:-1], "gate", "export"]


def test_a_run_on_dataflow_writes_to_the_bucket(calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # The stand-in writes there, to gs:/bucket.

    class Data:
        path, uri = "data", "gs://bucket/data"

    components.prepare.python_func(
        "prepare.yaml", ["--runner=DataflowRunner"], Data
    )
    assert "--data_dir=gs://bucket/data" in calls.flags("prepare")
