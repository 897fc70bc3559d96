"""Traces the methods of a servable as its serving signatures."""

from collections.abc import Callable
from collections.abc import Collection
from typing import Any

import tensorflow as tf

from atelier.schema.signatures import SIGNATURES
from atelier.schema.signatures import Signature


def trace_signatures(
    servable: object, model: str, names: Collection[str] = ()
) -> dict[str, Any]:
    """Traces the signatures of a model, for any batch size.

    Args:
        servable: Object with a method per signature, a function of the input
            tensors that returns the output tensors by name.
        model: Name of the model in `SIGNATURES`.
        names: Names of the signatures; all if empty.

    Returns:
        Concrete function of each signature, whose inputs have their names.

    Raises:
        ValueError: If a method returns other outputs than its signature has.
    """
    return {
        name: trace(getattr(servable, signature.method or name), signature)
        for name, signature in SIGNATURES[model].items()
        if not names or name in names
    }


def trace(method: Callable[..., Any], signature: Signature) -> Any:
    """Traces one method as a signature; see `trace_signatures`."""

    def checked(**inputs: tf.Tensor) -> Any:
        with tf.control_dependencies([_assert_same_length(inputs)]):
            inputs = tf.nest.map_structure(tf.identity, inputs)
        return method(**inputs)

    specs = {
        tensor.name: tf.TensorSpec(
            [None] * len(tensor.shape), tensor.dtype, tensor.name
        )
        for tensor in signature.inputs
    }
    function = tf.function(
        checked if len(specs) > 1 else method, autograph=False
    ).get_concrete_function(**specs)
    returned = {
        name: (tensor.dtype.name, len(tensor.shape))
        for name, tensor in function.structured_outputs.items()
    }
    expected = {
        tensor.name: (tensor.dtype, len(tensor.shape))
        for tensor in signature.outputs
    }
    if returned != expected:
        raise ValueError(
            f"signature {signature.name} must return {expected}, got "
            f"{returned}; mend its method or atelier/schema/signatures.py"
        )
    return function


def _assert_same_length(inputs: dict[str, tf.Tensor]) -> tf.Operation:
    """Returns an op that fails unless all inputs have the same batch size.

    A failed assertion ends a call with INVALID_ARGUMENT and its message. A
    reason to reject single rows belongs into the output `error` instead,
    because the other rows, and the other calls of a batch of TF Serving, are
    then answered.

    Args:
        inputs: Input tensors by name, any dtype, [batch] or [batch, n].
    """
    lengths = tf.stack([tf.shape(tensor)[0] for tensor in inputs.values()])
    sentence = tf.strings.format(
        f"The inputs {', '.join(inputs)} must have the same number of rows, "
        "got {}.",
        lengths,
    )
    return tf.debugging.Assert(tf.reduce_all(lengths == lengths[0]), [sentence])
