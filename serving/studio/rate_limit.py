"""Rate limit per client, a token bucket."""

import collections
import math
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request

_MAX_CLIENTS = 10_000


class RateLimit:
    """Token bucket per client.

    A bucket holds `burst` tokens and gains `rate` tokens per second; a request
    takes one. The least recently seen of 10,000 clients is forgotten.

    Args:
        rate: Requests per second in the long run; infinite for no limit.
        burst: Requests at once after a pause; at least one.
        clock: Clock in seconds.

    Example:
        limit = RateLimit(20.0, 60.0)
        seconds = limit.take("127.0.0.1")
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._clock = rate, clock
        self._burst = max(1.0, burst)
        self._buckets: collections.OrderedDict[str, tuple[float, float]] = (
            collections.OrderedDict()
        )

    def take(self, client: str) -> float:
        """Takes a token.

        Args:
            client: Name of the client, such as its address.

        Returns:
            0.0 if the request is allowed, otherwise the seconds until the next
            token.
        """
        if math.isinf(self._rate):
            return 0.0
        now = self._clock()
        tokens, then = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._buckets[client] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return wait

    def check(self, request: Request) -> None:
        """Takes a token for the client of a request.

        Raises:
            HTTPException: If the client has none left; it says when it will.
        """
        seconds = self.take(request.client.host if request.client else "")
        if seconds:
            raise HTTPException(
                429,
                "Too many requests at once; the studio goes on in a moment.",
                {"Retry-After": str(int(seconds) + 1)},
            )
