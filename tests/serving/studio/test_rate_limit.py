"""Token bucket per client."""

import math

import pytest

from serving.studio.rate_limit import RateLimit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    limit = RateLimit(2.0, 3, clock)

    assert [limit.take("ann") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.25
    assert limit.take("ann") == pytest.approx(0.25)
    clock.now += 0.25
    assert limit.take("ann") == 0
    assert limit.take("ann") == pytest.approx(0.5)


def test_a_pause_earns_no_more_than_the_burst() -> None:
    clock = Clock()
    limit = RateLimit(2.0, 3, clock)
    limit.take("ann")
    clock.now += 1000

    assert [limit.take("ann") > 0 for _ in range(4)] == [0, 0, 0, 1]


def test_clients_have_their_own_tokens() -> None:
    limit = RateLimit(1.0, 1, Clock())

    assert limit.take("ann") == 0
    assert limit.take("bob") == 0
    assert limit.take("ann") > 0


def test_the_client_seen_least_recently_is_forgotten() -> None:
    limit = RateLimit(1.0, 1, Clock())
    limit.take("ann")
    for number in range(10_000):
        limit.take(str(number))

    assert limit.take("9999") > 0
    assert limit.take("ann") == 0


def test_an_infinite_rate_is_no_limit() -> None:
    limit = RateLimit(math.inf, 1, Clock())

    assert {limit.take("ann") for _ in range(100)} == {0}
