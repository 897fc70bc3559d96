"""Versions of an exported model, found by the rules of TF Serving."""

from atelier.io import files
from atelier.schema import paths

SAVED_MODEL = "saved_model.pb"
BATCHING = "batching_params.pbtxt"
"""Batching parameters of a version. With
`--enable_per_model_batching_parameters` TF Serving batches the calls of the
versions that have this file, and no others."""
MAX_VERSION = 2**63 - 1
"""Largest version number that TF Serving accepts."""


def find_versions(model_dir: str) -> dict[int, str]:
    """Finds the complete versions of a model.

    Args:
        model_dir: Folder of all versions, local or remote; may be missing.

    Returns:
        Version folders by version number, {number: path}, ascending. A
        version folder has a number up to `MAX_VERSION` as its name and holds
        a SavedModel; a version still being written has another name.
    """
    folders = {
        int(name): paths.join(model_dir, name)
        for name in files.list_names(model_dir)
        if name.isascii() and name.isdigit()
    }
    return {
        version: path
        for version, path in sorted(folders.items())
        if version <= MAX_VERSION
        and files.exists(paths.join(path, SAVED_MODEL))
    }
