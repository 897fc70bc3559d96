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
