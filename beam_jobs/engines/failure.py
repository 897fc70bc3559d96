"""Extraction of a job's failure cause from job server messages."""

import json
import re
import urllib.request
from collections.abc import Sequence

_STATE = re.compile(r"Pipeline \S+ failed in state [A-Z]+: ")
_JOB = re.compile(r"\(JobID: ([0-9a-f]{32})\)")
_INTERRUPTED = re.compile(r"(java\.lang\.InterruptedException(: |$))+")
_TIMEOUT_S = 10


def cause_of_failure(
    error: str, messages: Sequence[str], flink_master: str
) -> str:
    """Returns the failure cause in one line; "" if none is found.

    A runner raises the innermost exception. It is not the cause if the task
    was interrupted because another task had failed, and it is incomplete if
    an outer exception names the file or the program.

    Args:
        error: Text of the exception that the runner raised.
        messages: Messages of the job server, including stack traces.
        flink_master: Address of Flink's REST API; `[local]` or `[auto]` if
            Flink runs inside the job server.
    """
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    cause = _STATE.sub("", lines[-1]) if lines else ""
    causes = [text for message in messages for text in _causes(message)]
    if _INTERRUPTED.match(cause):
        causes += _flink_causes(messages, flink_master)
        reasons = [text for text in causes if not _INTERRUPTED.match(text)]
        return reasons[-1] if reasons else cause
    exception, _, text = cause.partition(": ")
    for outer in causes:
        if outer.startswith(f"{exception}: ") and outer.endswith(text):
            return outer
    return cause


def _causes(trace: str) -> list[str]:
    """Returns the nested exceptions of a stack trace, outermost first.

    Only the last line of a multi-line text, such as a Python traceback, is
    returned.
    """
    heads = (
        nested.partition("\n\tat ")[0].strip()
        for nested in trace.split("\nCaused by: ")
    )
    return [head.splitlines()[-1].strip() for head in heads if head]


def _flink_causes(messages: Sequence[str], flink_master: str) -> list[str]:
    """Returns the exceptions in Flink's history of a job, newest first."""
    job = _JOB.search("\n".join(messages))
    if job is None or flink_master.startswith("["):
        return []
    address = flink_master
    if "://" not in address:
        address = f"http://{address}"
    url = f"{address.rstrip('/')}/jobs/{job[1]}/exceptions"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            entries = json.load(answer)["exceptionHistory"]["entries"]
        traces = [entry["stacktrace"] for entry in entries]
    except (OSError, ValueError, LookupError):
        return []
    return [text for trace in traces for text in _causes(trace)]
