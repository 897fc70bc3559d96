"""Loads a SavedModel as TF Serving does and answers requests from stdin.

Run in a process of its own: `python cpp_loader.py VERSION_DIR REQUESTS OUT`.
REQUESTS is a pickle of (signature, inputs) pairs, OUT gets one of the answers
and the signatures. Nothing of the project is imported.
"""

import os
import pickle
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def main() -> None:
    version, requests, out = sys.argv[1:]
    with open(requests, "rb") as file:
        asked = pickle.load(file)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], version)
        answers = []
        for name, inputs in asked:
            signature = loaded.signature_def[name]
            answers.append(
                session.run(
                    {key: one.name for key, one in signature.outputs.items()},
                    {
                        signature.inputs[key].name: value
                        for key, value in inputs.items()
                    },
                )
            )
        signatures = {
            name: (
                {key: _spec(one) for key, one in signature.inputs.items()},
                {key: _spec(one) for key, one in signature.outputs.items()},
            )
            for name, signature in loaded.signature_def.items()
            if not name.startswith("__")
        }
        ops = {
            node.op
            for graph in (loaded.graph_def, *loaded.graph_def.library.function)
            for node in getattr(graph, "node", None) or graph.node_def
        }
    with open(out, "wb") as file:
        pickle.dump((answers, signatures, ops), file)


def _spec(tensor) -> tuple[str, list[int]]:
    return (
        tf.dtypes.as_dtype(tensor.dtype).name,
        [dimension.size for dimension in tensor.tensor_shape.dim],
    )


if __name__ == "__main__":
    main()
