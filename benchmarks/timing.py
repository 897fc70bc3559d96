"""Wall-clock times of functions, and measurements in a new process."""

import concurrent.futures
import multiprocessing
import time
from collections.abc import Callable
from typing import Any
from typing import TypeVar

Result = TypeVar("Result")


def timed(function: Callable[..., Any], *args: Any) -> float:
    """Returns the duration of a call, in seconds."""
    begin = time.perf_counter()
    function(*args)
    return time.perf_counter() - begin


def in_new_process(function: Callable[..., Result], *args: Any) -> Result:
    """Returns the result of a call in a new process, which frees its memory."""
    with concurrent.futures.ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn")
    ) as pool:
        return pool.submit(function, *args).result()
