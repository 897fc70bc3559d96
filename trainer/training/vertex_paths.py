"""Paths of Vertex AI training jobs.

Source: the code requirements of Vertex AI custom training.
"""

import os

_BUCKETS = "/gcs"


def mounted(path: str) -> str:
    """Returns the local mount `/gcs/...` of a `gs://` path on Vertex AI.

    Args:
        path: Path; returned unchanged unless it starts with `gs://` and `/gcs`
            exists.
    """
    if path.startswith("gs://") and os.path.isdir(_BUCKETS):
        return f"{_BUCKETS}/{path.removeprefix('gs://')}"
    return path


def default_run_dir() -> str | None:
    """Returns the output folder of the Vertex AI job or trial, else None.

    It is the parent of the checkpoint folder that Vertex AI provides, whose
    name `checkpoints/`, like that of `logs/`, is the same as in a run.
    """
    checkpoints = os.environ.get("AIP_CHECKPOINT_DIR")
    if not checkpoints:
        return None
    return mounted(checkpoints.rstrip("/").rpartition("/")[0])
