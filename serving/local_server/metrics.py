"""Counts and times the calls of a server, for Prometheus.

Names, labels and buckets are TF Serving's, so that dashboards fit both.
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
"""Microseconds; the last bucket has no limit."""


class Metrics:
    """The numbers since the start; safe to share between threads."""

    def __init__(self, models: ModelRegistry) -> None:
        """Starts at 0.

        Args:
            models: What is served. Calls to other names count under no name,
                or strangers could fill the memory with names.
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
        """Counts a call by how it ends, and times it if that is well.

        Args:
            model: The model's name in the request.
            api: What is called, such as "Predict".
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
        """Returns what Prometheus reads."""
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
