"""Client methods made of the functions that build their calls."""

import functools
import inspect
from collections.abc import Callable
from typing import Any
from typing import TypeVar
from typing import get_args

_Method = TypeVar("_Method", bound=Callable[..., Any])


def describe_method(method: _Method, build: Callable[..., Any]) -> _Method:
    """Gives a method the name, documentation and parameters of a function.

    Args:
        method: Method that sends the call which `build` returns.
        build: Function that returns a `PredictCall`.

    Returns:
        `method`.
    """
    signature = inspect.signature(build)
    functools.update_wrapper(method, build)
    client = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    described: Any = method
    described.__signature__ = signature.replace(
        parameters=[client, *signature.parameters.values()],
        return_annotation=get_args(signature.return_annotation)[0],
    )
    return method
