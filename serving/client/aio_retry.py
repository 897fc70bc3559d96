"""Asyncio version of `serving.client.retry`, with request hedging."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import TypeVar

import grpc

from serving.client.retry import Budget
from serving.client.retry import is_retried

_Response = TypeVar("_Response")
_Call = Callable[[float], Awaitable[_Response]]


async def call_within_budget(
    call: _Call[_Response],
    budget_seconds: float,
    hedge_after_seconds: float | None = None,
) -> _Response:
    """Calls until success, a permanent failure or the end of the budget.

    Args:
        call: Function that makes one attempt within the given seconds.
        budget_seconds: Seconds for all attempts and pauses together.
        hedge_after_seconds: Seconds after which a second attempt runs beside
            the first one; the first response is used and the other attempt is
            cancelled. No hedging if None.

    Returns:
        Result of the first successful attempt.

    Raises:
        grpc.RpcError: if no attempt succeeded; see `Budget.pause_after`.
    """
    budget = Budget(budget_seconds)
    while True:
        try:
            if hedge_after_seconds is None:
                return await call(budget.left())
            return await _hedged(call, budget, hedge_after_seconds)
        except grpc.RpcError as error:
            pause = budget.pause_after(error)
        hedge_after_seconds = None  # Do not double the load of a busy server.
        await asyncio.sleep(pause)


async def _hedged(
    call: _Call[_Response], budget: Budget, after_seconds: float
) -> _Response:
    """Returns the first response of one attempt, or of two if it is slow.

    Raises:
        grpc.RpcError: if all attempts failed, or one failed permanently.
    """
    tries = {asyncio.ensure_future(call(budget.left()))}
    try:
        _, pending = await asyncio.wait(tries, timeout=after_seconds)
        if pending:
            tries.add(asyncio.ensure_future(call(budget.left())))
        pending = tries
        while True:
            done, pending = await asyncio.wait(
                pending, return_when=asyncio.FIRST_COMPLETED
            )
            for task in sorted(done, key=_failed):
                error = task.exception()
                if error is None:
                    return task.result()
                if not pending or not _is_retried(error):
                    raise error
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


def _failed(task: asyncio.Future[Any]) -> bool:
    return task.exception() is not None


def _is_retried(error: BaseException) -> bool:
    return isinstance(error, grpc.RpcError) and is_retried(error)
