"""Traces the methods of a servable as its serving signatures."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from atelier.schema.signatures import SIGNATURES
from atelier.schema.signatures import Signature
from atelier.schema.signatures import Tensor
from export.servables.request_asserts import same_length


def trace_signatures(servable: object, model: str) -> dict[str, Any]:
    """Traces all signatures of a model, for any batch size.

    Args:
        servable: Object with a method per signature, a function of the input
            tensors that returns the output tensors by name.
        model: Name of the model in `SIGNATURES`.

    Returns:
        Concrete function of each signature, whose inputs have their names.

    Raises:
        ValueError: If a method returns other outputs than its signature has.
    """
    return {
        name: trace(getattr(servable, signature.method or name), signature)
        for name, signature in SIGNATURES[model].items()
    }


def trace(method: Callable[..., Any], signature: Signature) -> Any:
    """Traces one method as a signature; see `trace_signatures`."""

    def checked(**inputs: tf.Tensor) -> Any:
        with tf.control_dependencies([same_length(**inputs)]):
            inputs = {name: tf.identity(one) for name, one in inputs.items()}
        return method(**inputs)

    specs = {
        one.name: tf.TensorSpec([None] * len(one.shape), one.dtype, one.name)
        for one in signature.inputs
    }
    function = tf.function(
        checked if len(specs) > 1 else method, autograph=False
    ).get_concrete_function(**specs)
    returned = {
        name: (one.dtype.name, len(one.shape))
        for name, one in function.structured_outputs.items()
    }
    if returned != _dtypes_and_ranks(signature.outputs):
        raise ValueError(
            f"signature {signature.name} must return "
            f"{_dtypes_and_ranks(signature.outputs)}, got {returned}; mend "
            "its method or atelier/schema/signatures.py"
        )
    return function


def _dtypes_and_ranks(tensors: Iterable[Tensor]) -> dict[str, tuple[str, int]]:
    return {one.name: (one.dtype, len(one.shape)) for one in tensors}
