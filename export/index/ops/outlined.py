"""Outlining of rare branches of a graph."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def outlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Outlines a function into a single op of the graph (`_noinline`).

    Otherwise the executor would schedule all ops of a rare branch one by one,
    even for the queries that do not take it.

    Args:
        function: Function of tensors that returns tensors.
    """
    return tf.function(
        function,
        autograph=False,
        experimental_attributes={"_noinline": True},
    )
