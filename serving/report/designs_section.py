"""Designs section of the report, from the output of `trainer.task design`."""

from typing import Any

import tensorflow as tf

from atelier.html.pages import data_uri
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.design_sources import COMPOSED
from serving.report.catalog_item import CatalogItem


def read_designs(
    folder: str, items: dict[str, CatalogItem]
) -> dict[str, list[dict[str, Any]]]:
    """Reads the designs of all users.

    Args:
        folder: Folder that contains the `--out` folders of the command.
        items: Catalog items by id.

    Returns:
        Portfolios by user id, composed ones first. A portfolio has a `source`,
        a `category`, the number of its catalog images as `num_images`, the
        `best` of these, the reason why its designs are not fit to show as
        `unfit`, "" if they are, and `designs`, each with the `nearest` catalog
        image that it is not made of; a composed one also with the images of its
        `cut` and its `cloth`, None for a drawn cut and for a color of no item,
        `color` and `color_name`. Images are data URIs. `z_score` is the z-score
        of the preference: standard deviations above the mean of the catalog
        images.

    Raises:
        UserError: if there are no designs, an image is missing, or the designs
            belong to other data.
    """
    files = sorted(
        tf.io.gfile.glob(paths.join(folder, "*", run_artifacts.DESIGNS))
    )
    if not files:
        raise UserError(
            f"no folder in --designs {folder} holds a {run_artifacts.DESIGNS}; "
            "run `python -m trainer.task design --out "
            f"{paths.join(folder, '1')}` first"
        )
    portfolios: dict[str, list[dict[str, Any]]] = {}
    for path in files:
        out = path.removesuffix(f"/{run_artifacts.DESIGNS}")
        written = json_files.read_json(out, run_artifacts.DESIGNS)
        try:
            user_id = written["user_id"]
            portfolio = _portfolio(out, written, items)
        except KeyError as error:
            raise UserError(
                f"{path} names {error.args[0]!r}, which is not in the data; "
                "run the command again with a run on the data of the report"
            ) from error
        portfolios.setdefault(user_id, []).append(portfolio)
    for of_user in portfolios.values():
        of_user.sort(key=lambda portfolio: portfolio["source"] != COMPOSED)
    return portfolios


def _portfolio(
    out: str, written: dict[str, Any], items: dict[str, CatalogItem]
) -> dict[str, Any]:
    def catalog_image(entry: dict[str, Any]) -> dict[str, Any]:
        item_id = entry["item_id"]
        fields = {"item_id": item_id, "z_score": entry["z_score"]}
        return {**vars(items[item_id]), **fields}

    def parts(design: dict[str, Any]) -> dict[str, Any]:
        if written["source"] != COMPOSED:
            return {}
        cut, cloth = design["cut_item_id"], design["cloth_item_id"]
        return {
            "cut": items[cut].image if cut else None,
            "cloth": items[cloth].image if cloth else None,
            "color": design["color"],
            "color_name": design["color_name"],
        }

    def nearest(design: dict[str, Any]) -> dict[str, Any]:
        # The cut itself is nearly always the nearest, and is shown already.
        others = [
            entry
            for entry in design["nearest"]
            if entry["item_id"] != design.get("cut_item_id")
        ]
        return catalog_image((others or design["nearest"])[0])

    return {
        "source": written["source"],
        "unfit": written.get("unfit", ""),
        "category": written["category"],
        "num_images": written["photos"],
        "best": catalog_image(written["best_real"][0]),
        "designs": [
            {
                "image": _read_png(paths.join(out, design["file"])),
                "z_score": design["z_score"],
                "nearest": nearest(design),
                **parts(design),
            }
            for design in written["designs"]
        ],
    }


def _read_png(path: str) -> str:
    """Reads a PNG file as a data URI.

    Raises:
        UserError: if the file is missing.
    """
    if not tf.io.gfile.exists(path):
        raise UserError(
            f"{path} is missing; run `python -m trainer.task design` again"
        )
    with tf.io.gfile.GFile(path, "rb") as file:
        return data_uri(file.read(), "png")
