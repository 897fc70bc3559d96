"""One version of a SavedModel in memory, ready to run.

It is loaded the way TF Serving loads it: the graph and a session, fed and
fetched by the tensor names of the signature. `tf.saved_model.load` would
rebuild Python objects instead, which forgives exports that TF Serving does not
(variables that only a Keras object tracks, for one).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from serving.local_server.status_error import StatusError


class LoadedVersion:
    """A version that answers; safe to call from many threads."""

    def __init__(self, version: int, path: Path) -> None:
        """Loads the graph, the variables and the lookup tables.

        Args:
            version: The number that answers carry.
            path: The directory that holds saved_model.pb.

        Raises:
            Exception: whatever TensorFlow makes of a broken SavedModel.
        """
        graph = tf.Graph()
        # Nothing closes the session by hand: the last call in flight drops
        # the last reference to it.
        self._session = tf.compat.v1.Session(graph=graph)
        with graph.as_default():
            meta_graph = tf.compat.v1.saved_model.load(
                self._session, [tf.saved_model.SERVING], str(path)
            )
        self.version = version
        self.signatures = dict(meta_graph.signature_def)

    def run(
        self, fetches: Mapping[str, str], feeds: Mapping[str, npt.NDArray[Any]]
    ) -> dict[str, npt.NDArray[Any]]:
        """Runs the part of the graph that the fetches need.

        Args:
            fetches: Tensor name in the graph of each output, by output name.
            feeds: Input values by tensor name in the graph; dtypes and shapes
                must be those of the signature.

        Returns:
            The outputs' values by output name.

        Raises:
            StatusError: if an op fails; with its code and its message.
        """
        try:
            values = self._session.run(dict(fetches), dict(feeds))
        except tf.errors.OpError as error:
            # Python wraps the op's own words, which are all that a client of
            # TF Serving gets to see, in a headline and a stack trace.
            message = error.message.removeprefix("Graph execution error:\n\n")
            message = message.partition("\n\nOriginal stack trace")[0]
            raise StatusError.from_number(error.error_code, message) from error
        return dict(values)
