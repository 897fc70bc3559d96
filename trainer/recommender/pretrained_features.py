"""Image features of a pretrained backbone, kept in the folder of a run.

A run that starts from the pretrained weights passes all images through them
before its first step. The baselines of its evaluation need the same features.
"""

import io
from typing import NamedTuple

import numpy as np

from atelier.io import files
from atelier.io.atomic import atomic_write
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.models.backbones import PRETRAINED
from trainer.models.backbones.weights_file import DAMAGE
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run


class ImageFeatures(NamedTuple):
    """Output of a backbone for all images.

    Attributes:
        values: Features, float32 [items, F].
        cpu_seconds: CPU seconds of computing them.
    """

    values: np.ndarray
    cpu_seconds: float


def write_features(
    run: Run[RecommenderConfig], features: ImageFeatures
) -> None:
    """Writes the features of the initial backbone, if it is a pretrained one.

    Args:
        run: The run.
        features: Features of the images of its data set.
    """
    if run.config.backbone not in PRETRAINED or run.config.weights:
        return
    archive = io.BytesIO()
    np.savez(
        archive, content_hash=np.array(run.content_hash), **features._asdict()
    )
    atomic_write(_path(run), archive.getvalue())


def read_features(
    run: Run[RecommenderConfig], backbone: str
) -> ImageFeatures | None:
    """Reads the features of a pretrained backbone.

    Args:
        run: The run.
        backbone: Name of the backbone.

    Returns:
        The features; None if the run has none of this backbone and data set,
        or the file is damaged.
    """
    config = run.config
    if config.backbone != backbone or config.weights:
        return None
    if not files.exists(_path(run)):
        return None
    try:
        with np.load(io.BytesIO(files.read_bytes(_path(run)))) as archive:
            if archive["content_hash"] != run.content_hash:
                return None
            return ImageFeatures(
                archive["values"], float(archive["cpu_seconds"])
            )
    except (KeyError, ValueError, *DAMAGE):
        return None


def _path(run: Run[RecommenderConfig]) -> str:
    return paths.join(run.run_dir, run_artifacts.IMAGE_FEATURES)
