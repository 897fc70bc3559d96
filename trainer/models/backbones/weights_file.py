"""Weights files: an `.npz` of NumPy with one array per weight."""

import io
import os
import zipfile
import zlib
from collections.abc import Mapping

import keras
import numpy as np

from atelier.io.atomic import atomic_write
from atelier.io.errors import UserError
from atelier.io.errors import reason_of

SUFFIX = ".npz"
DAMAGE = (EOFError, OSError, zipfile.BadZipFile, zlib.error)
"""Errors of NumPy for a damaged `.npz` file."""


def weight_name(variable: keras.Variable) -> str:
    """Returns the name of a weight in a file: `layer/variable`."""
    return "/".join(variable.path.split("/")[-2:])


def save_weights(network: keras.Model, path: str) -> None:
    """Writes the weights of a network atomically.

    Args:
        network: Network with unique layer names.
        path: Path of the file, ending in `.npz`.
    """
    archive = io.BytesIO()
    np.savez(
        archive,
        **{
            weight_name(variable): keras.ops.convert_to_numpy(variable)
            for variable in network.variables
        },
    )
    atomic_write(path, archive.getvalue())


def load_weights(network: keras.Model, path: str) -> None:
    """Loads the weights of a `save_weights` file into a network.

    Args:
        network: Network to change in place.
        path: Path of the file.

    Raises:
        UserError: If there is no such file, or it holds another network.
    """
    if not os.path.isfile(path):
        raise UserError(f"--weights: there is no file {path}")
    try:
        with np.load(path) as weights:
            assign_weights(network, weights)
    except (KeyError, ValueError, *DAMAGE) as error:
        raise UserError(
            f"--weights: {path} does not hold the weights of {network.name} "
            f"({reason_of(error)})"
        ) from error


def assign_weights(
    network: keras.Model, weights: Mapping[str, np.ndarray]
) -> None:
    """Assigns weights to the variables of a network, by `weight_name`."""
    for variable in network.variables:
        variable.assign(weights[weight_name(variable)])
