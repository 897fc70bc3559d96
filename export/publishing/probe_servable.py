"""Loads a version as TF Serving does and answers its warm-up requests.

Usage: `python -m export.publishing.probe_servable VERSION_DIR ANSWERS`. It runs
in a process without the Python objects of the model: a session restores graph
and variables by the restore ops of the version, as TF Serving does. ANSWERS is
the path of the pickled fields of the `ProbeResult`.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import pickle
import sys
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io.errors import reason_of
from atelier.schema import paths
from atelier.schema.warmup_requests import WARM_UP
from atelier.schema.warmup_requests import read_warm_up

Specs = dict[str, tuple[str, list[int]]]
"""Dtype and shape, -1 for an unknown dimension, of each tensor by name."""
Signatures = dict[str, tuple[Specs, Specs]]
"""Specs of the inputs and outputs of each signature, by name."""


@dataclasses.dataclass(frozen=True)
class ProbeResult:
    """Content of a version, and its results for the warm-up requests.

    Attributes:
        signatures: Specs of the inputs and outputs of each signature.
        ops: Names of all ops of the graph and its functions.
        answers: Outputs by name for each warm-up request, in order.
        not_finite: Names of the variables that hold a NaN or an infinity.
    """

    signatures: Signatures
    ops: set[str]
    answers: list[dict[str, np.ndarray]]
    not_finite: list[str]


def ask(version_dir: str) -> ProbeResult:
    """Loads a version and runs its warm-up requests; see the module.

    Args:
        version_dir: Folder of the version.
    """
    requests = read_warm_up(paths.join(version_dir, WARM_UP))
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(
            session, [tf.saved_model.SERVING], version_dir
        )
        answers = [
            _answer(session, loaded.signature_def, request)
            for request in requests
        ]
    signatures = {
        name: (_specs(signature.inputs), _specs(signature.outputs))
        for name, signature in loaded.signature_def.items()
        if not name.startswith("__")  # Internal to TensorFlow.
    }
    graph = loaded.graph_def
    functions = [function.node_def for function in graph.library.function]
    ops = {node.op for nodes in (graph.node, *functions) for node in nodes}
    names = {function.signature.name for function in graph.library.function}
    return ProbeResult(
        signatures, ops - names, answers, _not_finite(version_dir)
    )


def _answer(session: Any, signatures: Any, request: Any) -> dict[str, Any]:
    signature = signatures[request.model_spec.signature_name]
    feeds = {
        signature.inputs[name].name: tf.make_ndarray(value)
        for name, value in request.inputs.items()
    }
    fetches = {name: info.name for name, info in signature.outputs.items()}
    outputs: dict[str, Any] = session.run(fetches, feeds)
    return outputs


def _specs(tensors: Any) -> Specs:
    return {
        name: (
            tf.dtypes.as_dtype(tensor.dtype).name,
            [dimension.size for dimension in tensor.tensor_shape.dim],
        )
        for name, tensor in tensors.items()
    }


def _not_finite(version_dir: str) -> list[str]:
    prefix = paths.join(version_dir, "variables", "variables")
    reader = tf.train.load_checkpoint(prefix)
    return [
        name.partition("/.ATTRIBUTES")[0]
        for name, dtype in sorted(reader.get_variable_to_dtype_map().items())
        if dtype.is_floating and not np.isfinite(reader.get_tensor(name)).all()
    ]


def main(version_dir: str, answers: str) -> None:
    """Probes a version and writes the result; see the module.

    Args:
        version_dir: Folder of the version.
        answers: Path of the file to write.

    Raises:
        SystemExit: If the version does not load or answer, with the reason.
    """
    try:
        result = dataclasses.astuple(ask(version_dir))
    except Exception as error:  # Any error is a reason to reject the version.
        sys.exit(f"{type(error).__name__}: {reason_of(error)}")
    with open(answers, "wb") as file:
        pickle.dump(result, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
