"""Which designs a designer serves."""

import json
import pathlib
from typing import Any

import pytest

from atelier.io.errors import UserError
from export import task
from export.publishing import publish_designer
from export.publishing.publish_designer import _can_compose
from export.publishing.version import served_version
from serving.client import DesignerClient
from serving.client import ServingError
from serving.local_server.server import ModelServer
from trainer import task as task_of_trainer
from trainer.design import drawn_cuts


def summary_of(model_dir: pathlib.Path) -> dict[str, Any]:
    """Returns the fields of `catalog.json` of the only version."""
    (path,) = model_dir.glob("*/assets.extra/catalog/catalog.json")
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    ("masks", "num_composed", "reason"),
    [
        (False, 200, "runs/data has no masks of the garments"),
        (True, 0, "no composed designs are asked for"),
    ],
)
def test_a_designer_without_composed_designs_needs_a_gan(
    monkeypatch, caplog, masks, num_composed, reason
):
    monkeypatch.setattr(publish_designer, "has_masks", lambda _: masks)
    with pytest.raises(UserError, match=f"nothing to serve: {reason}"):
        _can_compose("runs/data", num_composed, has_gan=False)
    caplog.set_level("INFO")
    assert not _can_compose("runs/data", num_composed, has_gan=True)
    assert f"serves no `compose`: {reason}" in caplog.text


def test_data_with_masks_are_composed(monkeypatch):
    monkeypatch.setattr(publish_designer, "has_masks", lambda _: True)
    assert _can_compose("runs/data", 200, has_gan=False)


@pytest.mark.slow
def test_an_ensemble_of_recommenders_is_published(
    run_dir, train_flags, drawing_gan, tmp_path
):
    """Publishing asks the version for what the trainer answers."""
    also = str(tmp_path / "also")
    task_of_trainer.main(
        [*train_flags, f"--run_dir={also}", "--seed=5", "--epochs=1"]
    )
    task.main(
        [
            "designer", f"--run_dir={run_dir}", f"--ensemble_run_dirs={also}",
            f"--gan_run_dir={drawing_gan}", f"--model_dir={tmp_path}/models",
            "--num_starts=1", "--candidates_per_start=2",
        ]
    )  # fmt: skip
    metadata = served_version(str(tmp_path / "models")).metadata
    assert metadata["run"]["run_dir"] == run_dir
    assert [one["run_dir"] for one in metadata["ensemble_runs"]] == [also]
    assert summary_of(tmp_path / "models")["gan_fit_to_show"] is False


@pytest.mark.slow
def test_a_designer_without_a_gan_serves_compose_alone(
    run_dir, tmp_path, garment_masks, cut_generator, monkeypatch
):
    monkeypatch.setattr(drawn_cuts, "is_usable", lambda cut: True)
    with garment_masks():
        task.main(
            [
                "designer", f"--run_dir={run_dir}", f"--model_dir={tmp_path}",
                "--composed_designs=4", f"--cut_generator={cut_generator}",
            ]
        )  # fmt: skip
    summary = summary_of(tmp_path)
    assert [*summary["num_designs"]] == summary["categories"]["compose"]
    assert sum(summary["num_designs"].values()) == 4
    assert "gan_fit_to_show" not in summary
    assert served_version(str(tmp_path)).metadata["drawn_cuts"] == 1
    with (
        ModelServer({"designer": tmp_path}) as running,
        DesignerClient(running.address) as client,
    ):
        found = client.compose(["Käufer, 3"] * 2, ["hat"] * 2, [0, 1])
        assert found.known.all()
        assert sorted(map(bool, found.cut_item_ids)) == [False, True]
        assert all(found.cloth_item_ids)
        with pytest.raises(ServingError, match="exported with this signature"):
            client.generate(["hat"], [0])
