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
    'composed of, cloth_item_id "" for a color of no item'
)


def write_portfolio(
    out: str,
    studio: CatalogContext,
    portfolio: DesignSet,
    liked: np.ndarray,
    asked: dict[str, Any],
) -> None:
    """Writes a design set; PNGs of an earlier design set are deleted.

    Args:
        out: Output folder.
        studio: Recommenders of the designs.
        portfolio: Selected designs.
        liked: Indices of the items that the user interacted with or likes,
            int64 [n].
        asked: Parameters of the request, the first fields of the JSON file.
    """
    tf.io.gfile.makedirs(out)
    for path in tf.io.gfile.glob(paths.join(out, "design-*.png")):
        tf.io.gfile.remove(path)
    described = describe(studio, portfolio)
    for one, image in zip(
        described["designs"], portfolio.designs.images, strict=True
    ):
        path = paths.join(out, one["file"])
        write_png(path, grid(image[None], columns=1))
    sheet = _sheet(studio, portfolio, described, liked)
    write_png(paths.join(out, CONTACT_SHEET), sheet)
    json_files.write_json(out, run_artifacts.DESIGNS, {**asked, **described})


def describe(studio: CatalogContext, portfolio: DesignSet) -> dict[str, Any]:
    """Returns the scores of a design set as the fields of the JSON file.

    Args:
        studio: Recommenders of the designs.
        portfolio: Selected designs.
    """
    made, standing = portfolio.designs, portfolio.standing

    def worth(scores: np.ndarray) -> list[dict[str, float]]:
        return [
            {
                "score": float(one),
                "z_score": float(z_score),
                "percentile": float(p),
            }
            for one, z_score, p in zip(
                scores,
                standing.z_score(scores),
                standing.percentile(scores),
                strict=True,
            )
        ]

    def photos(rows: np.ndarray) -> list[dict[str, Any]]:
        names = _item_ids(studio, portfolio, rows)
        return [
            {"item_id": item_id, **figures}
            for item_id, figures in zip(
                names, worth(standing.scores[rows]), strict=True
            )
        ]

    designs = [
        {
            "file": f"design-{index + 1}.png",
            **figures,
            **portfolio.details[index],
            "nearest": [
                {**photo, "distance": float(distance)}
                for photo, distance in zip(
                    photos(portfolio.nearest[index]),
                    portfolio.distances[index],
                    strict=True,
                )
            ],
        }
        for index, figures in enumerate(worth(made.preferences))
    ]
    return {
        "meaning": MEANING,
        "photos": len(standing.scores),
        "best_real": photos(standing.best(BEST_REAL)),
        "designs": designs,
    }


def _sheet(
    studio: CatalogContext,
    portfolio: DesignSet,
    described: dict[str, Any],
    liked: np.ndarray,
) -> np.ndarray:
    shelf = portfolio.shelf

    def photos(
        rows: np.ndarray, described: list[dict[str, Any]]
    ) -> list[Picture]:
        return [
            Picture(image, f"{one['z_score']:+.2f}  {one['item_id']}")
            for image, one in zip(
                studio.images(shelf.items[rows]), described, strict=True
            )
        ]

    best = portfolio.standing.best(BEST_REAL)
    rows = [
        Row(
            "items that the user interacted with or likes",
            [Picture(image) for image in studio.images(liked[:BEST_REAL])],
        ),
        Row(
            f"highest scores of {described['photos']:,} catalog images",
            photos(best, described["best_real"]),
        ),
    ]
    title = "designs, each with its most similar catalog images"
    for one, image, nearest in zip(
        described["designs"],
        portfolio.designs.images,
        portfolio.nearest,
        strict=True,
    ):
        color = one.get("color_name", "")
        design = Picture(image, f"{one['z_score']:+.2f}  {color}")
        rows.append(Row(title, [design, *photos(nearest, one["nearest"])]))
        title = ""
    return np.asarray(
        draw_sheet(
            f"{shelf.name}: scores in standard deviations above the mean "
            "catalog image",
            rows,
        )
    )


def _item_ids(
    studio: CatalogContext, portfolio: DesignSet, rows: np.ndarray
) -> list[str]:
    item_ids = studio.trained.interactions.item_ids
    return [item_ids[item] for item in portfolio.shelf.items[rows]]
