"""Composed designs for one user, or a recolored photo, with their files."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from atelier.io import json_files
from atelier.schema import paths
from atelier.schema.design_sources import COMPOSED
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import composed_designs
from trainer.design.ensemble import Ensemble
from trainer.design.image_file import open_photo
from trainer.design.make_designs import summarize_designs
from trainer.design.make_designs import user_vector
from trainer.design.recolor_photo import garment_mask
from trainer.design.recolor_photo import recolor_photo
from trainer.design.run_flags import DesignOptions
from trainer.design.search_config import DesignConfig
from trainer.design.write_design_set import CONTACT_SHEET
from trainer.design.write_design_set import write_design_set
from trainer.design.write_edited_images import FIGURES
from trainer.design.write_edited_images import RESTYLED
from trainer.design.write_edited_images import STRIP
from trainer.gan.sample_grid import write_png


def make_composed(args: DesignOptions, config: DesignConfig) -> None:
    """Composes designs or recolors a photo; writes and prints the results.

    Args:
        args: Options of the `design` command.
        config: Parameters of the command.

    Raises:
        UserError: If a run, the photo, the user or an item is invalid.
    """
    # Cheap checks come first: loading the recommenders takes minutes.
    photo = open_photo(args.photo) if args.photo else None
    ensemble = Ensemble.load(args.run_dirs, args.data_dirs)
    context = ComposedContext.load(ensemble, args.cut_generator)
    requests = args.of_each_user()
    users = [user_vector(context, request) for request in requests]
    for request, (theta, liked) in zip(requests, users, strict=True):
        _make_for_user(request, config, context, theta, liked, photo)


def _make_for_user(
    args: DesignOptions,
    config: DesignConfig,
    context: ComposedContext,
    theta: np.ndarray,
    liked: np.ndarray,
    photo: Image.Image | None,
) -> None:
    """Composes designs or recolors a photo for one user."""
    category = args.category or context.favorite_category(liked)
    request = {
        "run_dir": args.run_dir,
        "ensemble_run_dirs": args.ensemble_run_dirs,
        "user_id": args.user,
        "liked": args.seed_items,
        "category": category,
        **dataclasses.asdict(config),
        "source": COMPOSED,
    }
    if photo is None:
        design_set = composed_designs(
            context,
            category,
            theta,
            count=config.count,
            choice=config.selection,
            seed=config.seed,
            exclude=liked,
        )
        write_design_set(args.out, context, design_set, liked, request)
        print(summarize_designs(design_set))
        print(f"next: {paths.join(args.out, CONTACT_SHEET)}")
    else:
        _recolor(args, context, category, theta, photo, request)


def _recolor(
    args: DesignOptions,
    context: ComposedContext,
    category: str,
    theta: np.ndarray,
    photo: Image.Image,
    request: dict[str, Any],
) -> None:
    """Recolors a photo; writes it beside the original, at its own size."""
    pixels = np.asarray(photo)
    standing = context.standing(context.category_items(category), theta)
    recolored = recolor_photo(
        context,
        theta,
        pixels,
        garment_mask(pixels, args.photo),
        request["strength"],
    )
    preferences = np.array(
        [recolored.preference_before, recolored.preference_after]
    )
    before, after = standing.z_score(preferences).tolist()
    tf.io.gfile.makedirs(args.out)
    write_png(paths.join(args.out, RESTYLED), recolored.image)
    strip = np.concatenate([pixels, recolored.image], axis=1)
    write_png(paths.join(args.out, STRIP), strip)
    figures = {
        "preference_before": recolored.preference_before,
        "preference_after": recolored.preference_after,
        "z_score_before": before,
        "z_score_after": after,
        **recolored.parts,
    }
    json_files.write_json(args.out, FIGURES, {**request, **figures})
    print(
        f"restyled photo in {args.out}: {recolored.parts['color_name']}, score "
        f"{before:+.2f} before, {after:+.2f} after (standard deviations above "
        f"the mean of {len(standing.scores):,} catalog images)\n"
        f"next: {paths.join(args.out, STRIP)}"
    )
