"""The nightly run by make: the order, and where a second call goes on."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    shutil.which("make") is None, reason="needs make"
)
STEPS = ["prepare", "validate", "train", "evaluate", "gate", "export"]


@pytest.fixture
def make(tmp_path, calls):
    """Returns make(*variables): its exit status."""
    exports = tmp_path / "exports" / "one"
    exports.mkdir(parents=True)
    (exports / "prepare.yaml").touch()

    def run(*variables):
        return subprocess.run(
            [
                *("make", "-f", ROOT / "pipelines" / "Makefile", "NIGHT=one"),
                *(f"EXPORTS={exports.parent}", f"WORK={tmp_path / 'work'}"),
                *variables,
            ],
            check=False,
        ).returncode

    return run


def test_steps_run_in_order_and_once(make, calls):
    assert make() == 0
    assert calls.names() == STEPS
    assert make() == 0
    assert calls.names() == STEPS


def test_newer_items_and_stock_are_published_after_the_export(
    make, calls, tmp_path
):
    (tmp_path / "exports" / "one" / "catalog.yaml").touch()
    (tmp_path / "exports" / "one" / "in_stock.csv").touch()
    assert make() == 0
    assert [name for name in calls.names() if name != "prepare"] == [
        *STEPS[1:],
        "refresh-items",
        "set-availability",
    ]
    assert calls.names().count("prepare") == 2


def test_a_pretrained_backbone_is_trained_on(make, calls, tmp_path):
    config = tmp_path / "pretrain.yaml"
    config.touch()
    assert make(f"PRETRAIN_CONFIG={config}") == 0
    assert calls.names() == [*STEPS[:2], "pretrain", *STEPS[2:]]
    assert "--weights" in calls.flags("train")


@pytest.mark.parametrize("step", ["train recommender", "gate"])
def test_a_step_that_fails_is_where_the_next_call_goes_on(
    make, calls, monkeypatch, step
):
    name = step.split()[0]
    monkeypatch.setenv("STUB_FAIL", step)
    assert make() == 2
    done = STEPS[: STEPS.index(name) + 1]
    assert calls.names() == done
    monkeypatch.delenv("STUB_FAIL")
    assert make() == 0
    assert calls.names() == [*done, *STEPS[STEPS.index(name) :]]
