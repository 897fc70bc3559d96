"""From the exports of a shop to recommendations, with the guessed columns."""

import os

import pytest

from beam_jobs.init import cli as init
from beam_jobs.prepare import cli as prepare
from tests.fixtures import exports
from trainer import task
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_from_exports_to_recommendations(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkdir("shop")
    exports.plain(tmp_path / "shop")

    init.main(["shop/"])
    prepare.main(["--config=shop.yaml", "--image_size=32", "--min_shards=1"])
    task.main(
        ["recommender", "--data_dir=runs/shop/data", "--run_dir=runs/shop/run",
         "--preset=laptop", "--epochs=1", "--embedding_dim=4"]
    )  # fmt: skip
    task.main(["evaluate", "--run_dir=runs/shop/run", "--baselines=popularity"])

    said = capsys.readouterr().out
    assert "30 of 30 users kept\ncolumns not used: qty\n" in said
    for command in (
        "beam_jobs.prepare --config shop.yaml",
        "trainer.task recommender --data_dir runs/shop/data --run_dir "
        "runs/shop/recommender",
        "trainer.task evaluate --run_dir runs/shop/run",
        "export.task recommender --run_dir runs/shop/run --model_dir "
        "runs/shop/models/recommender",
    ):
        assert f"next: python -m {command}\n" in said
    run = Run.load("runs/shop/run", RecommenderConfig)
    (ranking,) = load_recommender(run).recommend(["c3"], k=5)
    assert len(ranking) == 5
    assert set(ranking) <= {
        exports.sku(product) for product in range(exports.PRODUCTS)
    }
