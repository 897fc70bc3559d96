"""Open-loop load generator: calls at a fixed average rate.

Calls arrive as a Poisson process, like those of many independent users, whether
the server keeps up or not. Latency counts from the scheduled time of a call, so
that a server that stalls for a second is charged with all calls of that second
(no coordinated omission).
"""

import collections
import contextlib
import dataclasses
import functools
import random
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence

import grpc
import numpy as np
import numpy.typing as npt
from google.protobuf import message

from serving.client.grpc_channel import open_channel
from serving.client.predict_stub import PredictStub


@dataclasses.dataclass(frozen=True, eq=False)
class Load:
    """Results of the calls, by scheduled time.

    Attributes:
        due: Scheduled times in seconds from the start, float64 [calls].
        latency: Seconds from the scheduled time to the end of the call, float64
            [calls].
        codes: Names of the gRPC status codes, such as "OK", string [calls].
    """

    due: npt.NDArray[np.float64]
    latency: npt.NDArray[np.float64]
    codes: list[str]

    @property
    def failures(self) -> dict[str, int]:
        """Number of failed calls by status code."""
        return dict(collections.Counter(c for c in self.codes if c != "OK"))

    def percentile_ms(self, percent: float) -> float:
        """Returns a latency percentile in milliseconds.

        The latency of a failed call is infinite, so that a server cannot
        improve its latency by rejecting calls.

        Args:
            percent: Percentile from 0 to 100.
        """
        succeeded = np.array(self.codes) == "OK"
        latency = np.where(succeeded, self.latency, np.inf)
        return float(np.percentile(latency, percent, method="higher")) * 1000


def run_load(
    target: str,
    requests: Sequence[message.Message],
    rate: float,
    seconds: float,
    *,
    credentials: grpc.ChannelCredentials | None = None,
    deadline_seconds: float = 5.0,
    seed: int = 0,
) -> Load:
    """Sends calls for a fixed time and waits for the last responses.

    Each request is first sent once as a warm-up, which is not counted.

    Args:
        target: Address of the gRPC service, host:port.
        requests: `PredictRequest`s; each call sends one at random.
        rate: Average number of calls per second.
        seconds: Duration of the test in seconds.
        credentials: TLS credentials, see `serving.ops.tls`; the channel is not
            encrypted if None.
        deadline_seconds: Deadline of a call in seconds; calls are not retried.
        seed: Random seed of the scheduled times and the choice of requests.

    Returns:
        Results of all calls.

    Raises:
        ValueError: if the target is not host:port.
    """
    rng = random.Random(seed)
    due = _arrivals(rate, seconds, rng)
    with open_channel(grpc, target, credentials) as channel:
        stub = PredictStub(channel)
        # The first calls wait for the connection and for graph optimization.
        for request in requests:
            with contextlib.suppress(grpc.RpcError):
                stub.Predict(request, timeout=deadline_seconds)
        return _call_on_time(
            due,
            lambda: stub.Predict.future(
                rng.choice(requests), timeout=deadline_seconds
            ),
        )


def _arrivals(
    rate: float, seconds: float, rng: random.Random
) -> npt.NDArray[np.float64]:
    """Returns the times of a Poisson process in seconds, float64 [calls]."""
    due = []
    moment = rng.expovariate(rate)
    while moment < seconds:
        due.append(moment)
        moment += rng.expovariate(rate)
    return np.array(due)


def _call_on_time(
    due: npt.NDArray[np.float64], start_call: Callable[[], grpc.Future]
) -> Load:
    """Starts a call at each scheduled time and waits for all responses.

    Args:
        due: Scheduled times in seconds from now, float64 [calls].
        start_call: Function that starts a call and returns its future.
    """
    latency = np.zeros(len(due))
    codes = [""] * len(due)
    ended = threading.Semaphore(0)
    start = time.monotonic()

    def end(index: int, call: grpc.Future) -> None:
        latency[index] = time.monotonic() - start - due[index]
        codes[index] = call.code().name
        ended.release()

    for index, moment in enumerate(due):
        time.sleep(max(0.0, start + moment - time.monotonic()))
        start_call().add_done_callback(functools.partial(end, index))
    for _ in due:
        ended.acquire()
    return Load(due, latency, codes)
