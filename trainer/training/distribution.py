"""Distribution strategy: the devices and workers that train a run."""

import os
from collections.abc import Iterable

import keras
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.training.cluster import count_workers
from trainer.training.cluster import has_parameter_servers
from trainer.training.cluster import worker_index

_SEED_STRIDE = 0x9E3779B9
"""Odd, so that no two of 2^32 replicas share a seed. That of a replica equals
the seed of another layer only by chance."""


def initialize_strategy(
    seed: int, takes_servers: bool = False
) -> tf.distribute.Strategy:
    """Makes training deterministic, and returns the distribution strategy.

    Args:
        seed: Random seed of Python, NumPy and TensorFlow.
        takes_servers: Whether parameter servers may hold the weights.

    Returns:
        The strategy for all devices of all workers.

    Raises:
        UserError: If `TF_CONFIG` is malformed, or names parameter servers that
            the training does without.
    """
    if has_parameter_servers() and not takes_servers:
        raise UserError(
            "TF_CONFIG names parameter servers, which only `recommender "
            "--input stream` trains with; leave the role ps out"
        )
    # Scatter ops of training write each row once, so they are deterministic;
    # otherwise a GPU would copy the whole variable to the host for each.
    os.environ.setdefault("TF_DISABLE_SCATTER_OP_DETERMINISM", "1")
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    return build_strategy()


def build_strategy() -> tf.distribute.Strategy:
    """Returns the strategy for several workers, several GPUs or one device.

    With several processes, this blocks until all have connected.
    """
    if has_parameter_servers():
        return tf.distribute.ParameterServerStrategy(
            tf.distribute.cluster_resolver.TFConfigClusterResolver(
                rpc_layer="grpc"
            )
        )
    if count_workers() > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def seed_replicas(
    states: Iterable[tf.Variable], strategy: tf.distribute.Strategy
) -> None:
    """Gives the random layers of each replica a seed of its own.

    A layer has a state, its seed and the number of its draws, that is the same
    on all replicas. So the n-th row of each replica would get the same dropout
    mask and augmentation. A draw is a function of seed, step and row; the seed
    of replica r becomes seed + r * `_SEED_STRIDE`. The first replica keeps its
    own, which is the one that checkpoints hold.

    Args:
        states: States of the layers, uint32 [2], as they were created or
            restored.
        strategy: Distribution strategy under which they were created.
    """
    for state in states:
        copies = strategy.experimental_local_results(state)
        seed, draws = state.numpy().tolist()
        first_replica = worker_index() * len(copies)
        for replica, copy in enumerate(copies, first_replica):
            own = (seed + replica * _SEED_STRIDE) % 2**32
            copy.assign(tf.constant([own, draws], copy.dtype))


def require_row_per_replica(batch_size: int, replicas: int) -> None:
    """Checks that no replica gets an empty part of a batch.

    TensorFlow gives each replica `ceil(batch_size / replicas)` rows, and the
    last ones the rest. For an empty part, batch statistics are undefined and
    the convolutions of oneDNN abort the process.

    Args:
        batch_size: Rows of a global batch.
        replicas: Number of replicas.

    Raises:
        UserError: If the last replica would get no row.
    """
    if batch_size <= -(-batch_size // replicas) * (replicas - 1):
        raise UserError(
            f"a batch of {batch_size} rows leaves one of {replicas} devices "
            f"without a row; make --batch_size a multiple of {replicas}, and "
            "use a data set that fills such a batch"
        )


def gather_replicas(values: tf.Tensor) -> tf.Tensor:
    """Gathers the rows of all replicas, with gradients.

    Args:
        values: Rows of this replica, [n, ...].

    Returns:
        Rows of all replicas, in the order of the replicas, [batch, ...].
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return values
    # `identity` places the input on a device; workers cannot send it otherwise.
    gathered = context.all_gather(tf.identity(values), axis=0)
    # all_gather needs dense gradients, and `reshape` makes them dense.
    return tf.reshape(gathered, tf.shape(gathered))
