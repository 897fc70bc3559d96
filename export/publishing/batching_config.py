"""Lets TF Serving run calls of a model together.

Under `--enable_per_model_batching_parameters` it does so for versions that hold
such a file, and answers the calls of others one by one. How many batches run at
a time is the server's to say, not the model's.
"""

import tensorflow as tf

from atelier.schema import paths

BATCHING = "batching_params.pbtxt"
"""Where TF Serving looks for it, a `BatchingParameters` in text format."""
_PARAMETERS = """\
# How TF Serving runs calls together that come at the same time; read under
# --enable_per_model_batching_parameters.

# Rows that run together. More gain little once the product with the catalogue
# keeps all cores busy, and each waits for all.
max_execution_batch_size { value: 64 }
# Rows of the largest request; it is split into batches of the above.
max_batch_size { value: 1024 }
enable_large_batch_splitting { value: true }
# How long the first row waits for others: the price of a call when it is
# quiet. 2 ms are not felt beside a network; 0 suits a busy CPU as well.
batch_timeout_micros { value: 2000 }
# Batches that wait. Beyond them a call fails at once with UNAVAILABLE, which
# our client tries again, instead of waiting past its deadline.
max_enqueued_batches { value: 32 }
# Lists of ids have different lengths. TF Serving fills each up with its own
# first id, which is why our client puts "" first.
pad_variable_length_inputs: true
# No allowed_batch_sizes: a CPU gains nothing from rows that fill a batch up.
"""


def write_batching(version_dir: str) -> None:
    """Writes the file of a version."""
    with tf.io.gfile.GFile(paths.join(version_dir, BATCHING), "w") as file:
        file.write(_PARAMETERS)
