"""Writes a portfolio: PNGs, a contact sheet, and all figures as JSON."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet
from trainer.design.design_context import DesignContext
from trainer.design.design_set import NEAREST
from trainer.design.design_set import DesignSet
from trainer.gan.sample_grid import grid
from trainer.gan.sample_grid import write_png

CONTACT_SHEET = "contact_sheet.png"
BEST_REAL = NEAREST + 1
MEANING = (
    "score is theta . Phi of the image; lift counts it in standard deviations "
    "above the mean of the photos of the category, brought to the size of "
    "designs; percentile is the share of these that score lower; realism is 1 "
    "like a photo and 0 like made, to the discriminator; distance is that of "
    "features of EfficientNet-Lite0"
)


def write_portfolio(
    out: str,
    studio: DesignContext,
    portfolio: DesignSet,
    liked: np.ndarray,
    asked: dict[str, Any],
) -> None:
    """Writes a portfolio; what an earlier one left there is removed.

    Args:
        out: The folder.
        studio: What the designs were made with.
        portfolio: The designs.
        liked: Items that the person took or likes, int64 [n].
        asked: What was asked for, which the JSON begins with.
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


def describe(studio: DesignContext, portfolio: DesignSet) -> dict[str, Any]:
    """Returns all figures of a portfolio."""
    made, standing = portfolio.designs, portfolio.standing

    def worth(scores: np.ndarray) -> list[dict[str, float]]:
        return [
            {"score": float(one), "lift": float(lift), "percentile": float(p)}
            for one, lift, p in zip(
                scores,
                standing.lift(scores),
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
            "realism": float(made.realism[index]),
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
    studio: DesignContext,
    portfolio: DesignSet,
    described: dict[str, Any],
    liked: np.ndarray,
) -> np.ndarray:
    shelf = portfolio.shelf

    def photos(
        rows: np.ndarray, described: list[dict[str, Any]]
    ) -> list[Picture]:
        return [
            Picture(image, f"{one['lift']:+.2f}  {one['item_id']}")
            for image, one in zip(
                studio.images(shelf.items[rows]), described, strict=True
            )
        ]

    best = portfolio.standing.best(BEST_REAL)
    rows = [
        Row(
            "what the person took or likes",
            [Picture(image) for image in studio.images(liked[:BEST_REAL])],
        ),
        Row(
            f"the best of {described['photos']:,} photos",
            photos(best, described["best_real"]),
        ),
    ]
    title = "designs, each with the photos that look most like it"
    for one, image, nearest in zip(
        described["designs"],
        portfolio.designs.images,
        portfolio.nearest,
        strict=True,
    ):
        design = Picture(image, f"{one['lift']:+.2f}")
        rows.append(Row(title, [design, *photos(nearest, one["nearest"])]))
        title = ""
    return np.asarray(
        draw_sheet(
            f"{shelf.name}: scores in standard deviations above the mean photo",
            rows,
        )
    )


def _item_ids(
    studio: DesignContext, portfolio: DesignSet, rows: np.ndarray
) -> list[str]:
    item_ids = studio.trained.interactions.item_ids
    return [item_ids[item] for item in portfolio.shelf.items[rows]]
