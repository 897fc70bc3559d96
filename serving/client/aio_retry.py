"""`serving.client.retry` for asyncio, with a second try beside a slow one."""

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
    """Calls until it succeeds, fails for good, or has no time left.

    Args:
        call: Makes one try; takes the seconds that it may last.
        budget_seconds: Seconds for all tries and pauses together.
        hedge_after_seconds: How long the first try may take before another one
            is made beside it; None for never. The first answer counts, and the
            other try is cancelled.

    Returns:
        What the first successful try returned.

    Raises:
        grpc.RpcError: As `Budget.pause_after` does.
    """
    budget = Budget(budget_seconds)
    while True:
        try:
            if hedge_after_seconds is None:
                return await call(budget.left())
            return await _hedged(call, budget, hedge_after_seconds)
        except grpc.RpcError as error:
            pause = budget.pause_after(error)
        hedge_after_seconds = None  # Who is busy is not asked twice as much.
        await asyncio.sleep(pause)


async def _hedged(
    call: _Call[_Response], budget: Budget, after_seconds: float
) -> _Response:
    """Returns the first answer of one try, or of two if the first is slow.

    Raises:
        grpc.RpcError: the failure of all, or one that is final.
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
            for one in sorted(done, key=_failed):
                error = one.exception()
                if error is None:
                    return one.result()
                if not pending or not _is_retried(error):
                    raise error
    finally:
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


def _failed(one: asyncio.Future[Any]) -> bool:
    return one.exception() is not None


def _is_retried(error: BaseException) -> bool:
    return isinstance(error, grpc.RpcError) and is_retried(error)
