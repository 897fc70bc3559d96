"""Batching parameters of a version for TF Serving.

TF Serving concatenates the inputs of concurrent calls before it compares them
with the signature, and it cannot batch some signatures only. One call with a
wrong dtype fails all calls of its batch; with padding, so does a list of width
0, and a wrong rank writes out of bounds (`batching/batching_util.cc`). Without
padding, lists of different widths fail each other. Versions are therefore
batched on request only, and then with padding. The number of concurrent batches
is a setting of the server, not of the model.
"""

import tensorflow as tf

from atelier.schema import paths
from atelier.schema.model_versions import BATCHING

_PARAMETERS = """\
# Batching of concurrent calls by TF Serving; read with
# --enable_per_model_batching_parameters.

# Rows per batch. More gain little once the product with the catalog keeps all
# cores busy, and each row waits for the whole batch.
max_execution_batch_size { value: 64 }
# Rows of the largest request; it is split into batches of the above size.
max_batch_size { value: 1024 }
enable_large_batch_splitting { value: true }
# Time that the first row waits for others, which adds to the latency of an
# idle server. 2 ms are small beside the network; 0 suits a busy CPU as well.
batch_timeout_micros { value: 2000 }
# Batches in the queue. If it is full, a call fails at once with UNAVAILABLE,
# which our client retries, instead of waiting past its deadline.
max_enqueued_batches { value: 32 }
# Id lists differ in length; without padding, they would fail the whole batch.
# TF Serving pads each list with its own first id, so our client puts "" first.
pad_variable_length_inputs: true
# No allowed_batch_sizes: padding a batch with rows gains nothing on a CPU.
"""


def write_batching(version_dir: str) -> None:
    """Writes the batching parameters of a version, a `BatchingParameters`.

    Args:
        version_dir: Folder of the version.
    """
    with tf.io.gfile.GFile(paths.join(version_dir, BATCHING), "w") as file:
        file.write(_PARAMETERS)
