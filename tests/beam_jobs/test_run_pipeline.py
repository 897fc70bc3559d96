"""How a job ends that does not come to its end."""

import os
import threading

import apache_beam as beam
import pytest

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


def test_a_runner_that_beam_has_not():
    with pytest.raises(UserError, match="Beam rejects its flags: .*Nope"):
        new_pipeline(beam_options(["--runner=Nope"], "prog"))
