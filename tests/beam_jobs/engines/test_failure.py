"""The cause of a failed job, out of stack traces of Java and Python."""

import http.server
import json
import threading

import pytest

from beam_jobs.engines.failure import cause_of_failure

JOB = "6d4733c68c67eea3cb495cdca7ecd75e"
STATE = "Pipeline BeamApp-root-1_2 failed in state FAILED: "
INTERRUPTED = "java.lang.InterruptedException: java.lang.InterruptedException"
GONE = 'Cannot run program "/gone.sh": error=2, No such file'


def trace(*exceptions):
    return "\nCaused by: ".join(
        f"{text}\n\tat org.apache.flink.A.b(A.java:1)\n\t... 6 more"
        for text in (f"org.Wrapped: Job failed (JobID: {JOB})", *exceptions)
    )


@pytest.fixture
def flink_with():
    """Stands for Flink's REST API and returns its address."""
    started = []

    def serve(*traces):
        history = {"entries": [{"stacktrace": text} for text in traces]}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                known = self.path == f"/jobs/{JOB}/exceptions"
                self.send_response(200 if known else 404)
                self.end_headers()
                answer = json.dumps({"exceptionHistory": history})
                self.wfile.write(answer.encode())

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        started.append((server, thread))
        return f"127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("error", "messages", "cause"),
    [
        ("", [], ""),
        ("one\n\ntwo\n", [], "two"),
        (f"{STATE}ValueError: no hat", [], "ValueError: no hat"),
        (
            f"{STATE}java.io.IOException: error=2, No such file",
            [
                trace(
                    f"a.B: java.io.IOException: {GONE}",
                    f"java.io.IOException: {GONE}",
                    "java.io.IOException: error=2, No such file",
                )
            ],
            f"java.io.IOException: {GONE}",
        ),
        (
            f"{STATE}{INTERRUPTED}",
            [trace("a.B: no memory", INTERRUPTED), INTERRUPTED],
            "a.B: no memory",
        ),
        (
            f"{STATE}{INTERRUPTED}",
            [
                trace(
                    "a.B: Traceback\n  File x\nValueError: no hat", INTERRUPTED
                )
            ],
            "ValueError: no hat",
        ),
        (f"{STATE}{INTERRUPTED}", [INTERRUPTED], INTERRUPTED),
    ],
)
def test_causes(error, messages, cause):
    assert cause_of_failure(error, messages, "[auto]") == cause


def test_flink_is_asked_for_the_first_failure(flink_with):
    address = flink_with(trace("a.B: later"), "a.B: first\n\tat c", "")
    messages = [trace(INTERRUPTED), INTERRUPTED]

    cause = cause_of_failure(f"{STATE}{INTERRUPTED}", messages, address)

    assert cause == "a.B: first"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "http://[", "[auto]"])
def test_a_flink_out_of_reach(address):
    cause = cause_of_failure(f"{STATE}{INTERRUPTED}", [trace()], address)

    assert cause == f"org.Wrapped: Job failed (JobID: {JOB})"
