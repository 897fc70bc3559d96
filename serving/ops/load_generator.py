"""Calls at a fixed rate, and how long the answers took.

Calls come as from many people who know nothing of each other (Poisson), whether
the server keeps up or not, and wait from when they were due: a server that
stands still for a second is charged with all calls of that second.
"""

import collections
import contextlib
import dataclasses
import random
import threading
import time
from collections.abc import Sequence

import grpc
import numpy as np
import numpy.typing as npt
from google.protobuf import message

from serving.client.grpc_options import MESSAGE_SIZE_OPTIONS
from serving.client.predict_stub import PredictStub


@dataclasses.dataclass(frozen=True, eq=False)
class Load:
    """What became of the calls, in the order of their due times.

    Attributes:
        due: [calls] float; seconds from the start to when each was due.
        latency: [calls] float; seconds from then to its end.
        codes: [calls] How each ended, such as "OK".
    """

    due: npt.NDArray[np.float64]
    latency: npt.NDArray[np.float64]
    codes: list[str]

    @property
    def failures(self) -> dict[str, int]:
        """The number of calls that failed, by code."""
        return dict(collections.Counter(c for c in self.codes if c != "OK"))

    def percentile_ms(self, percent: float) -> float:
        """Returns the milliseconds within which so many calls ended.

        A call that failed took forever, so that a server cannot be fast by
        refusing.

        Args:
            percent: From 0 to 100.
        """
        took = np.where(np.array(self.codes) == "OK", self.latency, np.inf)
        return float(np.percentile(took, percent, method="higher")) * 1000


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
    """Calls a server for a while, and waits for the last answers.

    Each request is made once before, which does not count.

    Args:
        target: host:port of the gRPC service.
        requests: `PredictRequest`s; one is drawn for each call.
        rate: Calls a second, on average.
        seconds: How long calls come.
        credentials: Encrypts the channel; see `serving.ops.tls`.
        deadline_seconds: Seconds that a call may take. None is repeated.
        seed: Fixes when the calls come and what they ask.
    """
    draw = random.Random(seed)
    due: list[float] = []
    moment = draw.expovariate(rate)
    while moment < seconds:
        due.append(moment)
        moment += draw.expovariate(rate)
    ends: list[tuple[float, str]] = [(0.0, "")] * len(due)
    left = threading.Semaphore(0)
    options = [*MESSAGE_SIZE_OPTIONS, ("grpc.enable_retries", 0)]
    with (
        grpc.secure_channel(target, credentials, options)
        if credentials
        else grpc.insecure_channel(target, options)
    ) as channel:
        stub = PredictStub(channel)
        # Who calls first waits for a connection and a graph that is made ready.
        for request in requests:
            with contextlib.suppress(grpc.RpcError):
                stub.Predict(request, timeout=deadline_seconds)
        began = time.monotonic()

        def end(number: int, call: grpc.Future) -> None:
            took = time.monotonic() - began - due[number]
            ends[number] = took, call.code().name
            left.release()

        for number, moment in enumerate(due):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            call = stub.Predict.future(
                draw.choice(requests), timeout=deadline_seconds
            )
            call.add_done_callback(lambda call, n=number: end(n, call))
        for _ in due:
            left.acquire()
    return Load(
        np.array(due),
        np.array([took for took, _ in ends]),
        [code for _, code in ends],
    )
