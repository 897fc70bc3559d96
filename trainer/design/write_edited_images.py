"""Output files of a restyled image: PNG, strip of the path and JSON file."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import paths
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet
from trainer.design.image_editing import Restyled
from trainer.design.score_normalization import ScoreDistribution
from trainer.gan.sample_grid import grid
from trainer.gan.sample_grid import write_png

FIGURES = "restyled.json"
STRIP = "restyled_strip.png"
RESTYLED = "restyled.png"


def write_restyled(
    out: str,
    photo: np.ndarray,
    restyled: Restyled,
    standing: ScoreDistribution,
    request: dict[str, Any],
) -> None:
    """Writes the files of a restyled image.

    Args:
        out: Output folder.
        photo: Input image, float32 [size, size, 3] in [-1, 1].
        restyled: Result of restyling.
        standing: Distribution of the user's scores of the catalog images of
            the category.
        request: Parameters of the request, the first fields of the JSON file.
    """
    tf.io.gfile.makedirs(out)
    last = restyled.path.images[-1:].numpy()
    write_png(paths.join(out, RESTYLED), grid(last, columns=1))
    write_png(paths.join(out, STRIP), _strip(photo, restyled, standing))
    described = _describe(restyled, standing)
    json_files.write_json(out, FIGURES, {**request, **described})


def _strip(
    photo: np.ndarray, restyled: Restyled, standing: ScoreDistribution
) -> np.ndarray:
    """Draws the input image and the images of the path, with z-scores."""
    images = [photo, *restyled.path.images.numpy()]
    z_scores = standing.z_score(
        np.append(restyled.photo_preference, restyled.path.preferences)
    )
    steps = ["input image", "projection", *[""] * (len(images) - 3), "restyled"]
    pictures = [
        Picture(image, f"{z_score:+.2f}  {step}")
        for image, z_score, step in zip(images, z_scores, steps, strict=True)
    ]
    title = "scores in standard deviations above the mean catalog image"
    return np.asarray(draw_sheet(title, [Row("", pictures)]))


def _describe(
    restyled: Restyled, standing: ScoreDistribution
) -> dict[str, Any]:
    """Returns the scores of a restyled image as fields of the JSON file."""
    scores = restyled.path.preferences.numpy()
    realism = restyled.path.realism.numpy()
    return {
        "preference_input": float(restyled.photo_preference),
        "preference_before": float(scores[0]),
        "preference_after": float(scores[-1]),
        "path": [
            {"score": float(score), "z_score": float(z), "realism": float(real)}
            for score, z, real in zip(
                scores, standing.z_score(scores), realism, strict=True
            )
        ],
        "distance_of_nearest_design": float(restyled.distance),
    }
