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


@pytest.mark.parametrize(("is_terminal", "most"), [(True, 100), (False, 3)])
def test_a_log_gets_few_lines(tmp_path, capsys, monkeypatch, is_terminal, most):
    monkeypatch.setattr(progress, "_SECONDS", 0.01)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal, raising=False)
    with bytes_written(str(tmp_path), "job"):
        time.sleep(0.2)
    lines = capsys.readouterr().err.count("job:")
    assert lines <= most
    assert (lines > 3) == is_terminal
