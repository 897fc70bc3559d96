"""The bar shows bytes while a job runs, and stops with it."""

import threading
import time

import pytest

from beam_jobs import progress
from beam_jobs.progress import bytes_written


def test_bytes_of_a_local_folder(tmp_path, capsys):
    with bytes_written(str(tmp_path), "job"):
        (tmp_path / "a").write_bytes(bytes(2048))

    assert "job: 2.00k" in capsys.readouterr().err


def test_a_failed_job_stops_the_bar(tmp_path):
    before = threading.active_count()

    with (
        pytest.raises(ValueError, match="job"),
        bytes_written(str(tmp_path), ""),
    ):
        raise ValueError("job")

    assert threading.active_count() == before


def test_a_remote_folder_shows_nothing(capsys):
    with bytes_written("gs://bucket/data", "job"):
        pass

    assert capsys.readouterr().err == ""


def test_a_log_gets_lines(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_SECONDS_IN_A_LOG", 0.01)
    with bytes_written(str(tmp_path), "job"):
        time.sleep(0.2)
    written = capsys.readouterr().err
    assert "\r" not in written
    assert len(written.splitlines()) > 3
    assert all(line.startswith("job: 0.00") for line in written.splitlines())
