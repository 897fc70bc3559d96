"""Beam, training, export, server, gRPC, report: the whole way of a model."""

import pathlib
import re
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

from atelier.io import json_files
from atelier.schema import run_artifacts
from beam_jobs.embed import cli as embed
from serving.client.errors import ServingError
from serving.client.recommender_client import RecommenderClient
from serving.report import cli as report
from serving.report import data as report_data
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

pytestmark = [pytest.mark.e2e, pytest.mark.compat]


@pytest.fixture(scope="module")
def whole_way(data_dir, run_dir, exported, tmp_path_factory):
    """Serves what the commands made; yields its paths and its address."""
    folder = tmp_path_factory.mktemp("way")
    models, ready = exported.parent, folder / "ready"
    server = subprocess.Popen(
        [
            sys.executable, "-m", "serving.local_server", "--port=0",
            f"--model=recommender={models}", f"--ready_file={ready}",
        ]
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not ready.exists() and time.monotonic() < deadline:
            assert server.poll() is None
            time.sleep(0.1)
        yield data_dir, run_dir, models, ready.read_text()
    finally:
        server.terminate()
        assert server.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def client(whole_way):
    with RecommenderClient(whole_way[3]) as opened:
        opened.wait_until_ready()
        yield opened


def test_every_command_says_what_came_out_and_what_to_run_next(
    data_dir, run_dir, exported
):
    folders = {
        "beam_jobs.prepare": pathlib.Path(data_dir).parent,
        "trainer.task recommender": pathlib.Path(run_dir).parent,
        "trainer.task evaluate": pathlib.Path(run_dir).parent,
        "export.task recommender": exported.parents[1],
    }
    following = [*folders][1:] + ["serving.studio"]
    said = [
        (folder / f"{command}.txt").read_text()
        for command, folder in folders.items()
    ]
    assert "prepared 82 items and 56 training interactions of 8 " in said[0]
    for line, command in zip(said, following, strict=True):
        assert f"next: python -m {command}" in line


def test_held_out_items_stand_where_the_evaluation_says(whole_way, client):
    """The list over gRPC is the ranking that was measured."""
    rows = json_files.read_json_lines(whole_way[1], run_artifacts.RANKS)
    train = report_data.read_users(whole_way[0])
    validation = report_data.read_validation(whole_way[0])
    result = client.recommend(
        [row["user_id"] for row in rows],
        [[*train[row["user_id"]], *validation[row["user_id"]]] for row in rows],
    )
    assert result.known.all()
    listed = 0
    for row, ranked in zip(rows, result.item_ids, strict=True):
        assert len(set(ranked)) == 10
        assert not set(ranked) & {
            *train[row["user_id"]],
            *validation[row["user_id"]],
        }
        if row["rank"] <= 10:
            assert ranked[row["rank"] - 1] == row["item_id"]
            listed += 1
        else:
            assert row["item_id"] not in ranked
    assert listed >= 2


def test_a_new_photo_is_scored_and_a_bad_one_refused(
    whole_way, client, made_table
):
    rows = pq.read_table(made_table).to_pylist()
    user = "Käufer, 1"
    photos = [row["photo"] for row in rows if row["user_id"] == user]
    scores = client.score_images([user] * len(photos), photos)
    np.testing.assert_allclose(
        scores,
        client.embed_images(photos) @ client.embed_users([user])[0],
        rtol=1e-3,
    )
    with pytest.raises(ServingError, match="neither JPEG nor PNG"):
        client.score_images([user], [b"no photo"])


def test_a_photo_has_the_same_score_everywhere(whole_way, client, tmp_path):
    """To the trainer, to the server and to the Beam job: no skew."""
    data, run, models, _ = whole_way
    trained = load_recommender(Run.load(run, RecommenderConfig))
    ids = trained.interactions.item_ids
    jpegs = trained.images.read(range(len(ids)))
    photos = [jpegs[index] for index in range(len(ids))]
    embeddings = client.embed_images(photos)
    np.testing.assert_allclose(embeddings, trained.visual_vectors, atol=1e-5)

    user = trained.interactions.user_ids[2]
    scores = client.score_images([user] * len(ids), photos)
    visual = trained.visual_vectors.shape[1]
    expected = trained.visual_vectors @ trained.user_vectors[2, :visual]
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)

    embed.main(
        [
            f"--model_dir={models}", f"--data_dir={data}",
            f"--out_dir={tmp_path / 'embeddings'}",
        ]
    )  # fmt: skip
    table = pq.read_table(tmp_path / "embeddings" / "items")
    by_id = dict(zip(*table.to_pydict().values(), strict=True))
    np.testing.assert_allclose(
        [by_id[item_id] for item_id in ids], embeddings, atol=1e-5
    )


def test_unknown_users_are_served_and_marked_unknown(client):
    result = client.recommend(["stranger", "Käufer, 1"])
    assert result.known.tolist() == [False, True]
    assert result.item_ids[0] != result.item_ids[1]
    folded = client.recommend_for_items([["Größe, 2-0", "Größe, 2-1"]])
    assert folded.known.tolist() == [True]


def test_the_report_is_one_file_with_everything_in_it(whole_way, tmp_path):
    data, run, _, server = whole_way
    out = tmp_path / "sub" / "report.html"
    report.main(
        [
            f"--server={server}", f"--data_dir={data}", f"--run_dir={run}",
            f"--out={out}", "--num_users=3", "--note=<made>",
        ]
    )  # fmt: skip
    page = out.read_text()
    assert len(re.findall(r'<h2 id="user-\d">User Käufer, ', page)) == 3
    assert "&lt;made&gt;" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    metrics = json_files.read_json(run, run_artifacts.METRICS)["models"]
    assert f"{metrics['two_tower']['all']['auc']:.4f}" in page
    assert page.count("data:image/jpeg;base64,") > 3 * 10
