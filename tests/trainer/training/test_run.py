"""A run, found again wherever its folder is."""

import pathlib
import shutil

from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


def test_a_run_may_be_moved_and_read_from_anywhere(
    data_dir, tmp_path, monkeypatch
):
    monkeypatch.chdir(pathlib.Path(data_dir).parent)
    Run.start(str(tmp_path / "run"), "data", RecommenderConfig(epochs=3))
    shutil.move(tmp_path / "run", tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    run = Run.load("moved", RecommenderConfig)
    run.check_data()
    assert run.data_dir == data_dir
    assert (run.run_dir, run.config.epochs) == ("moved", 3)
