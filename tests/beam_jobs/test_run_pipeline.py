"""How a job ends that does not come to its end."""

import atexit
import os
import threading

import apache_beam as beam
import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.runners.portability import portable_runner

from atelier.io.errors import UserError
from beam_jobs.options import beam_options
from beam_jobs.run_pipeline import new_pipeline
from beam_jobs.run_pipeline import run_pipeline


def interrupt(_):
    """Ctrl-C, as it reaches whatever Python runs just then."""
    raise KeyboardInterrupt


def fail(_):
    raise ValueError("no such hat")


@pytest.fixture
def pipeline_of():
    def pipeline_of(function):
        pipeline = new_pipeline(beam_options([], "prog"))
        _ = pipeline | beam.Create([None]) | "Work" >> beam.Map(function)
        return pipeline

    return pipeline_of


def test_an_interrupt_is_no_failure(pipeline_of):
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(pipeline_of(interrupt))


def test_a_failure_names_its_cause(pipeline_of):
    with pytest.raises(UserError) as caught:
        run_pipeline(pipeline_of(fail))

    assert str(caught.value).startswith("the job failed: no such hat [while ")
    assert "\n" not in str(caught.value)


def test_a_killed_worker_process_ends_the_job(pipeline_of, monkeypatch, capsys):
    """Beam raises in a thread of its own, and may wait for ever for it."""
    hook = threading.excepthook
    exits = []
    monkeypatch.setattr(os, "_exit", exits.append)

    def killed():
        raise RuntimeError("Worker subprocess exited with return code -9")

    def work(_):
        thread = threading.Thread(target=killed)
        thread.start()
        thread.join()

    run_pipeline(pipeline_of(work))

    assert exits == [1]
    assert threading.excepthook is hook
    assert "\nerror: the job failed: Worker sub" in capsys.readouterr().err


class JobServerResult(portable_runner.PipelineResult):
    """A job that a job server has taken and does nothing for."""

    def __init__(self):
        self.canceled = threading.Event()

    def wait_until_finish(self, duration=None):
        assert self.canceled.wait(60)

    def cancel(self):
        self.canceled.set()


@pytest.fixture
def taken_job(monkeypatch):
    """The pipeline of a job that only its cancellation ends, and the exits."""
    exits = []
    monkeypatch.setattr(os, "_exit", exits.append)
    # Those of the tests' own process are not run.
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: exits.append("stop"))
    pipeline = new_pipeline(beam_options([], "prog"))
    monkeypatch.setattr(pipeline, "run", JobServerResult)
    return pipeline, exits


def test_a_job_that_no_worker_starts_ends(taken_job, tmp_path, capsys):
    pipeline, exits = taken_job

    run_pipeline(pipeline, str(tmp_path / "started"), 0.2)

    assert exits == ["stop", 1]
    assert capsys.readouterr().err.startswith(
        "\nerror: the job failed: no worker has started it within 0.2 s; see "
        "whether the engine has free workers"
    )


def test_a_store_out_of_reach_does_not_end_the_watch(
    taken_job, tmp_path, monkeypatch
):
    pipeline, exits = taken_job

    def fail(_):
        raise OSError("out of reach")

    monkeypatch.setattr(FileSystems, "exists", fail)

    run_pipeline(pipeline, str(tmp_path / "started"), 0.2)

    assert exits == ["stop", 1]


def test_a_job_that_starts_in_the_last_moment_goes_on(taken_job, tmp_path):
    pipeline, exits = taken_job
    result = JobServerResult()
    pipeline.run = lambda: result
    threading.Timer(0.3, (tmp_path / "started").touch).start()
    threading.Timer(0.7, result.cancel).start()

    run_pipeline(pipeline, str(tmp_path / "started"), 0.4)

    assert exits == []


def test_a_job_that_a_worker_has_started_goes_on(taken_job, tmp_path):
    pipeline, exits = taken_job
    (tmp_path / "started").touch()
    result = JobServerResult()
    pipeline.run = lambda: result
    threading.Timer(0.5, result.cancel).start()

    run_pipeline(pipeline, str(tmp_path / "started"), 0.1)

    assert exits == []


def test_a_runner_that_beam_has_not():
    with pytest.raises(UserError, match="Beam rejects its flags: .*Nope"):
        new_pipeline(beam_options(["--runner=Nope"], "prog"))
