"""Files of weights: one array a weight, in NumPy's `.npz`."""

import os
from collections.abc import Mapping

import keras
import numpy as np

from atelier.io.errors import UserError

SUFFIX = ".npz"


def weight_name(variable: keras.Variable) -> str:
    """Returns the name of a weight in a file: its layer and its own."""
    return "/".join(variable.path.split("/")[-2:])


def save_weights(network: keras.Model, path: str) -> None:
    """Writes the weights of a network, renamed into place last.

    Args:
        network: Whose layers have names of their own.
        path: The file, which ends in `.npz`.
    """
    begun = f"{path}.begun{SUFFIX}"
    np.savez(
        begun,
        **{
            weight_name(variable): keras.ops.convert_to_numpy(variable)
            for variable in network.variables
        },
    )
    os.replace(begun, path)


def load_weights(network: keras.Model, path: str) -> None:
    """Gives a network the weights of a file that `save_weights` wrote.

    Raises:
        UserError: If there is no such file, or it is of another network.
    """
    if not os.path.isfile(path):
        raise UserError(f"--weights: there is no file {path}")
    try:
        with np.load(path) as weights:
            assign_weights(network, weights)
    except (KeyError, ValueError, OSError) as error:
        raise UserError(
            f"--weights: {path} does not hold the weights of {network.name} "
            f"({str(error).splitlines()[0]})"
        ) from error


def assign_weights(
    network: keras.Model, weights: Mapping[str, np.ndarray]
) -> None:
    """Gives a network its weights, by their names."""
    for variable in network.variables:
        variable.assign(weights[weight_name(variable)])
