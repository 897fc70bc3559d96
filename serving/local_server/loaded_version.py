"""One version of a SavedModel in memory, ready to run.

The SavedModel is loaded as in TF Serving: a graph and a session, fed and
fetched by the tensor names of the signature. `tf.saved_model.load` would
rebuild Python objects instead, and would accept exports that TF Serving
rejects, such as one with variables that only a Keras object tracks.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from atelier.schema.model_versions import BATCHING
from serving.local_server.status_error import StatusError

# Seconds. A gRPC call without a deadline has 292 billion years left.
_NO_LIMIT = 1e9


class LoadedVersion:
    """Loaded SavedModel version; thread-safe.

    Attributes:
        version: Version number.
        signatures: Signature definitions by signature name.
        is_batched: Whether TF Serving batches the calls of this version.
    """

    def __init__(self, version: int, path: Path) -> None:
        """Loads the graph, the variables and the lookup tables.

        Args:
            version: Version number, reported in each response.
            path: Directory of saved_model.pb.

        Raises:
            Exception: if the SavedModel is broken; of any type.
        """
        graph = tf.Graph()
        # TensorFlow would optimize the library of all signatures again in the
        # first call of each, for half a second or more while others wait; the
        # calls after it were not faster in benchmarks/calls.py.
        config = tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        # The session is never closed explicitly: the last call in flight drops
        # the last reference to it.
        self._session = tf.compat.v1.Session(graph=graph, config=config)
        with graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(
                self._session, [tf.saved_model.SERVING], str(path)
            )
        for signature in meta_graph.signature_def.values():
            for info in signature.inputs.values():
                if info.name:  # Sparse tensors have several.
                    # A Python session refuses other shapes than the graph's;
                    # TF Serving leaves them to the ops.
                    tensor = graph.get_tensor_by_name(info.name)
                    tensor._shape_val = tf.TensorShape(None)
        self.version = version
        self.signatures = dict(meta_graph.signature_def)
        self.is_batched = (path / BATCHING).exists()

    def run(
        self,
        fetches: Mapping[str, str],
        feeds: Mapping[str, npt.NDArray[Any]],
        timeout: float = math.inf,
    ) -> dict[str, npt.NDArray[Any]]:
        """Runs the part of the graph that the fetches depend on.

        Args:
            fetches: Tensor names in the graph, by output name.
            feeds: Input values by tensor name in the graph, with the dtypes of
                the signature.
            timeout: Seconds until the run is aborted, before its next op.

        Returns:
            Output values by output name; bytes are objects.

        Raises:
            StatusError: if an op fails, with the op's code and message, or the
                time is over.
        """
        options = None
        if timeout < _NO_LIMIT:
            options = tf.compat.v1.RunOptions(  # 0 ms would mean no limit.
                timeout_in_ms=max(1, int(timeout * 1000))
            )
        try:
            values = self._session.run(dict(fetches), dict(feeds), options)
        except tf.errors.OpError as error:
            # Python adds a headline and a stack trace to the message of the op.
            # TF Serving returns the message alone.
            message = error.message.removeprefix("Graph execution error:\n\n")
            message = message.partition("\n\nOriginal stack trace")[0]
            raise StatusError.from_number(error.error_code, message) from error
        return {
            name: np.asarray(
                value, object if isinstance(value, bytes) else None
            )
            for name, value in values.items()
        }
