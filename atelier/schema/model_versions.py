"""The versions of an exported model, as TF Serving finds them."""

import tensorflow as tf

from atelier.schema import paths

SAVED_MODEL = "saved_model.pb"
MAX_VERSION = 2**63 - 1
"""The highest number of a version that TF Serving knows."""


def find_versions(model_dir: str) -> dict[int, str]:
    """Finds the versions of a model.

    Args:
        model_dir: Folder of all versions, local or remote; it may be missing.

    Returns:
        The folders that are named by a number, of 64 bits at most, and hold a
        model, by that number, ascending. What is still being written has
        another name.
    """
    if not tf.io.gfile.isdir(model_dir):
        return {}
    # An object store lists folders with a slash.
    names = [name.rstrip("/") for name in tf.io.gfile.listdir(model_dir)]
    folders = {
        int(name): paths.join(model_dir, name)
        for name in names
        if name.isascii() and name.isdigit()
    }
    return {
        number: path
        for number, path in sorted(folders.items())
        if number <= MAX_VERSION
        and tf.io.gfile.exists(paths.join(path, SAVED_MODEL))
    }
