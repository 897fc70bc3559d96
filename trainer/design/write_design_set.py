"""Output files of a design set: PNGs, a contact sheet and a JSON file."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.design.catalog_context import CatalogContext
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet
from trainer.design.design_set import NEAREST
from trainer.design.design_set import DesignSet
from trainer.design.score_normalization import ScoreDistribution
from trainer.gan.sample_grid import grid
from trainer.gan.sample_grid import write_png

CONTACT_SHEET = "contact_sheet.png"
BEST_REAL = NEAREST + 1
MEANING = (
    "score: preference score theta . Phi of the image; z_score: z-score, in "
    "standard deviations above the mean of the catalog images of the category, "
    "resized to the size of the designs; percentile: percentage of these "
    "images with a lower score; realism: by the discriminator, 1 for real and "
    "0 for generated images; distance: Euclidean distance between features of "
    "EfficientNet-Lite0, for composed designs between image embeddings Phi; "
    "cut_item_id, cloth_item_id and color: items and color that a design is "
    'composed of, cut_item_id "" for a drawn cut, cloth_item_id "" for a color '
    "of no item"
)


def write_design_set(
    out: str,
    context: CatalogContext,
    design_set: DesignSet,
    liked: np.ndarray,
    request: dict[str, Any],
    unfit: str = "",
) -> None:
    """Writes a design set; PNGs of an earlier design set are deleted.

    Args:
        out: Output folder.
        context: Recommenders of the designs.
        design_set: Selected designs.
        liked: Indices of the items that the user interacted with or likes,
            int64 [n].
        request: Parameters of the request, the first fields of the JSON file.
        unfit: Reason why the designs are not fit to show, "" if they are.
    """
    tf.io.gfile.makedirs(out)
    for path in tf.io.gfile.glob(paths.join(out, "design-*.png")):
        tf.io.gfile.remove(path)
    described = describe(context, design_set)
    for design, image in zip(
        described["designs"], design_set.designs.images, strict=True
    ):
        path = paths.join(out, design["file"])
        write_png(path, grid(image[None], columns=1))
    sheet = _sheet(context, design_set, described, liked, unfit)
    write_png(paths.join(out, CONTACT_SHEET), sheet)
    json_files.write_json(out, run_artifacts.DESIGNS, {**request, **described})


def describe(context: CatalogContext, design_set: DesignSet) -> dict[str, Any]:
    """Returns the scores of a design set as the fields of the JSON file.

    Args:
        context: Recommenders of the designs.
        design_set: Selected designs.
    """
    made, standing = design_set.designs, design_set.standing
    return {
        "meaning": MEANING,
        "photos": len(standing.scores),
        "best_real": _describe_items(
            context, design_set, standing.best(BEST_REAL)
        ),
        "designs": [
            {
                "file": f"design-{index + 1}.png",
                **scores,
                **design_set.details[index],
                "nearest": [
                    {**item, "distance": float(distance)}
                    for item, distance in zip(
                        _describe_items(
                            context, design_set, design_set.nearest[index]
                        ),
                        design_set.distances[index],
                        strict=True,
                    )
                ],
            }
            for index, scores in enumerate(
                _describe_scores(standing, made.preferences)
            )
        ],
    }


def _describe_scores(
    standing: ScoreDistribution, scores: np.ndarray
) -> list[dict[str, float]]:
    return [
        {
            "score": float(score),
            "z_score": float(z_score),
            "percentile": float(percentile),
        }
        for score, z_score, percentile in zip(
            scores,
            standing.z_score(scores),
            standing.percentile(scores),
            strict=True,
        )
    ]


def _describe_items(
    context: CatalogContext, design_set: DesignSet, rows: np.ndarray
) -> list[dict[str, Any]]:
    """Returns the ids and scores of catalog items.

    Args:
        context: Recommenders of the designs.
        design_set: Selected designs.
        rows: Positions in `CategoryItems.items`, int64 [n].
    """
    standing = design_set.standing
    item_ids = context.trained.interactions.item_ids
    return [
        {"item_id": item_ids[item], **scores}
        for item, scores in zip(
            design_set.category_items.items[rows],
            _describe_scores(standing, standing.scores[rows]),
            strict=True,
        )
    ]


def _sheet(
    context: CatalogContext,
    design_set: DesignSet,
    described: dict[str, Any],
    liked: np.ndarray,
    unfit: str,
) -> np.ndarray:
    category_items = design_set.category_items

    def photos(
        rows: np.ndarray, described: list[dict[str, Any]]
    ) -> list[Picture]:
        return [
            Picture(image, f"{item['z_score']:+.2f}  {item['item_id']}")
            for image, item in zip(
                context.images(category_items.items[rows]),
                described,
                strict=True,
            )
        ]

    best = design_set.standing.best(BEST_REAL)
    rows = [
        Row(
            "items that the user interacted with or likes",
            [Picture(image) for image in context.images(liked[:BEST_REAL])],
        ),
        Row(
            f"highest scores of {described['photos']:,} catalog images",
            photos(best, described["best_real"]),
        ),
    ]
    title = "designs, each with its most similar catalog images"
    for scores, image, nearest in zip(
        described["designs"],
        design_set.designs.images,
        design_set.nearest,
        strict=True,
    ):
        drawn = "drawn, " if scores.get("cut_item_id") == "" else ""
        color = scores.get("color_name", "")
        label = f"{scores['z_score']:+.2f}  {drawn}{color}"
        design = Picture(image, "not fit to show" if unfit else label)
        rows.append(Row(title, [design, *photos(nearest, scores["nearest"])]))
        title = ""
    return np.asarray(
        draw_sheet(
            f"{category_items.name}: scores in standard deviations above the "
            "mean catalog image",
            rows,
        )
    )
