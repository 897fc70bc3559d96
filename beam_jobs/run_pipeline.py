"""Pipeline execution with one-line error messages."""

import atexit
import contextlib
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import FlinkRunnerOptions
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability import portable_runner
from apache_beam.runners.runner import PipelineResult

from atelier.io.errors import UserError
from beam_jobs.engines.failure import cause_of_failure

_LOST_WORKER = "Worker subprocess exited with return code "
"""Start of the error that Beam's local runner raises in a thread of its own."""
_POLL_S = 5.0
_CANCEL_S = 10.0
"""Seconds that the engine may take to cancel a job, and its server to stop."""


def new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """Returns an empty pipeline.

    Args:
        options: Beam options.

    Raises:
        UserError: If the options are invalid for the runner.
    """
    try:
        return beam.Pipeline(options=options)
    except ValueError as error:
        raise UserError(f"Beam rejects its flags: {error}") from error


def run_pipeline(
    pipeline: beam.Pipeline,
    started: str | None = None,
    start_timeout_s: float = math.inf,
) -> None:
    """Runs a pipeline and waits until it finishes.

    If no worker of a job server starts in time, the process ends with a
    sentence. The job server would wait for ever if the thread of the job died
    inside of it, and an engine without workers for many minutes.

    Args:
        pipeline: Complete pipeline of the job.
        started: Path of a file that the first worker writes; None for none.
        start_timeout_s: Seconds that the first worker of a job server may take.

    Raises:
        UserError: If the pipeline failed. The message has the cause, one line
            of the runner's error or of the job server's messages, and the path
            of a log file with the full text of both.
        KeyboardInterrupt: If the user interrupted the job.
    """
    result = None
    try:
        with _exit_on_lost_worker():
            result = pipeline.run()
            with _exit_without_worker(result, started, start_timeout_s):
                result.wait_until_finish()
    except Exception as error:  # Runners wrap worker exceptions.
        messages = _messages(result)
        flink = pipeline.options.view_as(FlinkRunnerOptions).flink_master
        cause = cause_of_failure(str(error), messages, flink)
        cause = cause or type(error).__name__
        if cause.startswith(KeyboardInterrupt.__name__):
            raise KeyboardInterrupt from error
        with tempfile.NamedTemporaryFile(
            "w", prefix="beam-", suffix=".log", delete=False
        ) as file:
            file.write("\n\n".join([str(error), *messages]))
        raise UserError(
            f"the job failed: {cause}; the runner's full output is in "
            f"{file.name}"
        ) from error


@contextlib.contextmanager
def _exit_without_worker(
    result: PipelineResult, started: str | None, timeout_s: float
) -> Iterator[None]:
    """Ends the process if no worker of a job server has started in time.

    Other runners are in this process, or queue jobs on purpose.
    """
    if started is None or not isinstance(
        result, portable_runner.PipelineResult
    ):
        yield
        return
    done = threading.Event()

    def has_started() -> bool:
        with contextlib.suppress(Exception):  # Such as a store out of reach.
            return FileSystems.exists(started)
        return False

    def watch() -> None:
        end = time.monotonic() + timeout_s
        while not has_started():
            if time.monotonic() > end:
                _exit_unstarted(result, timeout_s)
                return
            if done.wait(min(_POLL_S, timeout_s)):
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()  # A job that it has canceled does not go on meanwhile.


def _exit_unstarted(result: PipelineResult, timeout_s: float) -> None:
    sys.stderr.write(
        "\nerror: the job failed: no worker has started it within "
        f"{timeout_s:g} s; see whether the engine has free workers (Flink: "
        "TaskManagers) and what its job server has logged, or raise "
        "--start_timeout\n"
    )
    sys.stderr.flush()
    # Beam stops the job server that it has started when Python exits, which
    # `os._exit` skips; left behind, the server listens on all addresses.
    for end in (result.cancel, atexit._run_exitfuncs):
        thread = threading.Thread(target=end, daemon=True)
        thread.start()
        thread.join(_CANCEL_S)
    os._exit(1)


@contextlib.contextmanager
def _exit_on_lost_worker() -> Iterator[None]:
    """Installs `_exit_if_worker_lost` for the time of a job."""
    hook = threading.excepthook
    threading.excepthook = _exit_if_worker_lost
    try:
        yield
    finally:
        threading.excepthook = hook


def _exit_if_worker_lost(thread_error: threading.ExceptHookArgs) -> None:
    """Ends the process if a worker process of the local runner was killed.

    The runner would wait forever for a worker that was killed before it
    connected. An exception in the main thread would not end the process: the
    threads that wait for the other workers are not daemons.
    """
    if not str(thread_error.exc_value).startswith(_LOST_WORKER):
        threading.__excepthook__(thread_error)
        return
    sys.stderr.write(
        f"\nerror: the job failed: {thread_error.exc_value}; 137 and -9 mean "
        "killed, mostly for lack of memory: lower --direct_num_workers\n"
    )
    sys.stderr.flush()
    os._exit(1)


def _messages(result: PipelineResult | None) -> list[str]:
    """Returns the job server messages of a portable runner.

    Beam logs the stack trace at DEBUG level only, and keeps all messages in a
    private attribute, which other runners lack.
    """
    return [
        message.message_response.message_text
        for message in getattr(result, "_messages", ())
        if message.HasField("message_response")
    ]
