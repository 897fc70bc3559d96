"""Workers by `TF_CONFIG`, and errors for malformed values."""

import json

import pytest

from atelier.io.errors import UserError
from trainer.training import cluster

WORKERS = {"cluster": {"worker": ["a:1", "b:1"]}}
CHIEF = {"cluster": {"chief": ["c:1"], "worker": ["a:1"]}}


@pytest.mark.parametrize(
    ("text", "workers", "index"),
    [
        (None, 0, 0),
        ("", 0, 0),
        (" \n", 0, 0),
        ("{}", 0, 0),
        ({"cluster": {"chief": ["c:1"]}, "task": {"type": "chief"}}, 1, 0),
        ({**WORKERS, "task": {"type": "worker", "index": "0"}}, 2, 0),
        ({**WORKERS, "task": {"type": "worker", "index": 1}}, 2, 1),
        ({**CHIEF, "task": {"type": "chief", "index": 0}}, 2, 0),
        ({**CHIEF, "task": {"type": "worker", "index": 0}}, 2, 1),
    ],
)
def test_the_chief_is_the_first_worker(monkeypatch, text, workers, index):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        text = text if isinstance(text, str) else json.dumps(text)
        monkeypatch.setenv("TF_CONFIG", text)
    assert cluster.count_workers() == workers
    assert cluster.worker_index() == index
    assert cluster.is_chief() == (index == 0)


@pytest.mark.parametrize(
    "text",
    [
        '{"cluster": ',
        "[1]",
        "null",
        '{"cluster": 3}',
        '{"cluster": {"worker": 3}}',
        '{"task": {"index": "first"}}',
        '{"task": []}',
    ],
)
def test_a_malformed_one_is_one_sentence(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match="TF_CONFIG must be JSON .*unset it"):
        cluster.count_workers()


SERVERS = {"chief": ["c:1"], "worker": ["a:1", "b:1"], "ps": ["d:1"]}


@pytest.mark.parametrize(
    ("role", "index", "serves"),
    [("chief", 0, False), ("worker", 1, True), ("ps", "0", True)],
)
def test_the_chief_directs_workers_and_servers(
    monkeypatch, role, index, serves
):
    config = {"cluster": SERVERS, "task": {"type": role, "index": index}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    assert cluster.has_parameter_servers()
    assert cluster.is_server() == serves


@pytest.mark.parametrize(
    ("values", "task", "words"),
    [
        ({"chief": []}, {"type": "ps"}, "need one `chief` and at least one"),
        ({"chief": ["c:1", "e:1"]}, {"type": "chief"}, "need one `chief`"),
        ({"worker": []}, {"type": "chief"}, "at least one `worker`"),
        ({}, {"type": "evaluator"}, "must be a chief, worker, ps of its"),
        ({}, {}, "must be a chief, worker, ps of its"),
        ({}, {"type": "worker", "index": 2}, "must be a chief, worker, ps"),
        ({}, {"type": "ps", "index": -1}, "must be a chief, worker, ps"),
        ({"ps": 3}, {"type": "ps"}, "TF_CONFIG must be JSON such as"),
    ],
)
def test_a_cluster_that_cannot_train_is_one_sentence(
    monkeypatch, values, task, words
):
    config = {"cluster": {**SERVERS, **values}, "task": task}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(UserError, match=words) as error:
        cluster.is_server()
    assert "\n" not in str(error.value)


def test_without_servers_nothing_is_served(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({**CHIEF, "task": {}}))
    assert not cluster.has_parameter_servers()
    assert not cluster.is_server()


def test_another_worker_writes_to_a_copy(monkeypatch, tmp_path):
    run_dir = tmp_path / "run"
    (run_dir / "checkpoints").mkdir(parents=True)
    (run_dir / "checkpoints" / "ckpt-2.index").write_bytes(b"\xff")
    (run_dir / "run.json").write_text("{}")
    second = {**WORKERS, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(second))
    copy = tmp_path / "copy"
    copy.mkdir()
    monkeypatch.setattr(cluster.tempfile, "mkdtemp", lambda: str(copy))
    assert cluster.worker_run_dir(str(run_dir)) == str(copy)
    copied = {
        str(path.relative_to(copy)): path.read_bytes()
        for path in copy.rglob("*")
        if path.is_file()
    }
    assert copied == {"checkpoints/ckpt-2.index": b"\xff", "run.json": b"{}"}
