"""Variables of a published version on disk."""

import numpy as np
import tensorflow as tf

from atelier.schema import paths

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
"""Suffix of the name of a variable in a checkpoint."""


def read_variables(version_dir: str, prefix: str = "") -> dict[str, np.ndarray]:
    """Reads variables of a version.

    Args:
        version_dir: Folder of the version.
        prefix: Beginning of the names of the variables; "" reads all.

    Returns:
        Values by name.
    """
    reader = tf.train.load_checkpoint(_prefix(version_dir))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if name.startswith(prefix)
    }


def write_variables(version_dir: str, values: dict[str, np.ndarray]) -> None:
    """Overwrites all variables of a version.

    Args:
        version_dir: Folder of a version that is not served yet.
        values: Values by name.
    """
    names = list(values)
    tf.raw_ops.SaveV2(
        prefix=_prefix(version_dir),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(values[name]) for name in names],
    )
    # The fingerprint is that of the old variables, and TF Serving does not
    # need one.
    fingerprint = paths.join(version_dir, "fingerprint.pb")
    if tf.io.gfile.exists(fingerprint):
        tf.io.gfile.remove(fingerprint)


def _prefix(version_dir: str) -> str:
    return paths.join(version_dir, "variables", "variables")
