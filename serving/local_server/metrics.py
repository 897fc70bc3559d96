"""Prometheus metrics of a server: request count and latency.

Names, labels and buckets are those of TF Serving, so that a dashboard works
with both servers.
"""

import bisect
import collections
import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

from serving.local_server.model_registry import ModelRegistry
from serving.local_server.status_error import StatusError

_COUNT = ":tensorflow:serving:request_count"
_LATENCY = ":tensorflow:serving:request_latency"
_LIMITS = [10 * 1.8**power for power in range(33)]
"""Upper bucket limits in microseconds; one more bucket has no limit."""


class Metrics:
    """Metrics since the start of the server; thread-safe."""

    def __init__(self, models: ModelRegistry) -> None:
        """Starts all counters at 0.

        Args:
            models: Served models. Calls for other model names are counted under
                the empty name, so that clients cannot fill the memory with
                invented names.
        """
        self._models = models
        self._lock = threading.Lock()
        self._counts: collections.Counter[tuple[str, str]] = (
            collections.Counter()
        )
        self._buckets: dict[tuple[str, str, str], list[int]] = {}
        self._sums: collections.Counter[tuple[str, str, str]] = (
            collections.Counter()
        )

    @contextlib.contextmanager
    def measured(self, model: str, api: str, entrypoint: str) -> Iterator[None]:
        """Counts a call by its status, and records its latency on success.

        Args:
            model: Model name in the request.
            api: Name of the called method, such as "Predict".
            entrypoint: "GRPC" or "REST".
        """
        if model not in self._models.stores:
            model = ""
        began, status = time.perf_counter(), "OK"
        try:
            yield
        except BaseException as error:
            status = "INTERNAL"
            if isinstance(error, StatusError):
                status = error.code.name
            raise
        finally:
            microseconds = int((time.perf_counter() - began) * 1e6)
            with self._lock:
                self._counts[model, status] += 1
                if status == "OK":
                    self._time((model, api, entrypoint), microseconds)

    def page(self) -> str:
        """Returns all metrics in Prometheus' text format."""
        with self._lock:
            lines = [f"# TYPE {_COUNT} counter"]
            for (model, status), count in sorted(self._counts.items()):
                labels = _labels(model_name=model, status=status)
                lines.append(f"{_COUNT}{{{labels}}} {count}")
            lines.append(f"# TYPE {_LATENCY} histogram")
            for (model, api, entrypoint), buckets in sorted(
                self._buckets.items()
            ):
                labels = _labels(
                    model_name=model, API=api, entrypoint=entrypoint
                )
                lines += _histogram(
                    labels, buckets, self._sums[model, api, entrypoint]
                )
        return "\n".join(lines) + "\n"

    def _time(self, key: tuple[str, str, str], microseconds: int) -> None:
        buckets = self._buckets.setdefault(key, [0] * (len(_LIMITS) + 1))
        buckets[bisect.bisect_left(_LIMITS, microseconds)] += 1
        self._sums[key] += microseconds


def _histogram(labels: str, buckets: list[int], total: int) -> list[str]:
    limits = [*(f"{limit:g}" for limit in _LIMITS), "+Inf"]
    counts = list(itertools.accumulate(buckets))
    return [
        *(
            f'{_LATENCY}_bucket{{{labels},le="{limit}"}} {count}'
            for limit, count in zip(limits, counts, strict=True)
        ),
        f"{_LATENCY}_sum{{{labels}}} {total}",
        f"{_LATENCY}_count{{{labels}}} {counts[-1]}",
    ]


def _labels(**labels: str) -> str:
    return ",".join(
        '{}="{}"'.format(
            name,
            value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"),
        )
        for name, value in labels.items()
    )
