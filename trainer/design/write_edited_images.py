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
    found: Restyled,
    standing: ScoreDistribution,
    asked: dict[str, Any],
) -> None:
    """Writes the files of a restyled image.

    Args:
        out: Output folder.
        photo: Input image, float32 [size, size, 3] in [-1, 1].
        found: Result of restyling.
        standing: Distribution of the user's scores of the catalog images of
            the category.
        asked: Parameters of the request, the first fields of the JSON file.
    """
    tf.io.gfile.makedirs(out)
    images = found.path.images.numpy()
    preferences = found.path.preferences.numpy()
    z_scores = standing.z_score(preferences)
    write_png(paths.join(out, RESTYLED), grid(images[-1:], columns=1))
    before = float(standing.z_score(found.photo_preference.numpy()))
    steps = ["projection", *[""] * (len(images) - 2), "restyled"]
    strip = draw_sheet(
        "scores in standard deviations above the mean catalog image",
        [
            Row(
                "",
                [
                    Picture(photo, f"{before:+.2f}  input image"),
                    *(
                        Picture(image, f"{z_score:+.2f}  {step}")
                        for image, z_score, step in zip(
                            images, z_scores, steps, strict=True
                        )
                    ),
                ],
            )
        ],
    )
    write_png(paths.join(out, STRIP), np.asarray(strip))
    json_files.write_json(
        out,
        FIGURES,
        {
            **asked,
            "preference_input": float(found.photo_preference),
            "preference_before": float(preferences[0]),
            "preference_after": float(preferences[-1]),
            "path": [
                {
                    "score": float(score),
                    "z_score": float(z_score),
                    "realism": real,
                }
                for score, z_score, real in zip(
                    preferences,
                    z_scores,
                    found.path.realism.numpy().tolist(),
                    strict=True,
                )
            ],
            "distance_of_nearest_design": float(found.distance),
        },
    )
