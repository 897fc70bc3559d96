"""Designs for one user, or a restyled image, with files and messages."""

import dataclasses
import logging
from typing import Any

import numpy as np

from atelier.schema import paths
from atelier.schema.design_sources import GAN
from trainer.design.catalog_context import CatalogContext
from trainer.design.categories import category_index
from trainer.design.design_context import DesignContext
from trainer.design.design_set import DesignSet
from trainer.design.design_set import generate_designs
from trainer.design.gan_quality import not_fit_to_show
from trainer.design.image_editing import ImageEditor
from trainer.design.image_editing import Restyled
from trainer.design.image_file import read_photo
from trainer.design.run_flags import DesignOptions
from trainer.design.score_normalization import ScoreDistribution
from trainer.design.search_config import DesignConfig
from trainer.design.write_design_set import CONTACT_SHEET
from trainer.design.write_design_set import write_design_set
from trainer.design.write_edited_images import STRIP
from trainer.design.write_edited_images import write_restyled
from trainer.gan.trained_gan import TrainedGan
from trainer.gan.trained_gan import load_trained_gan

_logger = logging.getLogger(__name__)
_ONE_ONLY = (
    "one recommender only; a second one, trained with another --seed and given "
    "by --ensemble_run_dirs, makes the designs more reliable"
)


def make_designs(args: DesignOptions, config: DesignConfig) -> None:
    """Generates designs or restyles an image; writes and prints the results.

    Args:
        args: Options of the `design` command.
        config: Parameters of the search.

    Raises:
        UserError: If a run, the image, the user or an item is invalid.
    """
    # Cheap checks come first: loading the recommenders takes minutes.
    gan = load_trained_gan(args.gan_run_dir)
    if args.category:
        category_index(gan, args.category)
    photo = None
    if args.photo:
        photo = read_photo(
            args.photo, gan.image_size, gan.run.resize, gan.run.background
        )
    if not args.ensemble_run_dirs:
        _logger.info(_ONE_ONLY)
    context = DesignContext.load(args.run_dirs, gan, config, args.data_dirs)
    requests = args.of_each_user()
    users = [user_vector(context, request) for request in requests]
    for request, (theta, liked) in zip(requests, users, strict=True):
        _make_for_user(request, config, context, theta, liked, photo)


def _make_for_user(
    args: DesignOptions,
    config: DesignConfig,
    context: DesignContext,
    theta: np.ndarray,
    liked: np.ndarray,
    photo: np.ndarray | None,
) -> None:
    """Generates designs or restyles an image for one user."""
    gan = context.gan
    category_items = context.category_items(
        args.category or context.favorite_category(liked)
    )
    request = _request(args, config, category_items.name, gan)
    if photo is None:
        design_set = generate_designs(
            context.designer,
            category_items,
            theta,
            count=config.count,
            choice=config.selection,
            seed=config.seed,
        )
        unfit = not_fit_to_show(gan)
        write_design_set(args.out, context, design_set, liked, request, unfit)
        print(unfit or summarize_designs(design_set))
        print(f"next: {paths.join(args.out, CONTACT_SHEET)}")
    else:
        _logger.info(
            f"projecting {args.photo} into the latent space of the GAN"
        )
        design_request = category_items.request(theta, config.seed)
        restyled = ImageEditor(context.designer).restyle_in_graph(
            photo, design_request, np.float32(config.strength)
        )
        standing = category_items.standing(theta)
        write_restyled(args.out, photo, restyled, standing, request)
        print(not_fit_to_show(gan) or _summarize_restyled(restyled, standing))
        print(f"next: {paths.join(args.out, STRIP)}")


def _request(
    args: DesignOptions,
    config: DesignConfig,
    category: str,
    gan: TrainedGan,
) -> dict[str, Any]:
    """Returns the parameters of the request as fields of the JSON file."""
    return {
        "run_dir": args.run_dir,
        "ensemble_run_dirs": args.ensemble_run_dirs,
        "gan_run_dir": args.gan_run_dir,
        "user_id": args.user,
        "liked": args.seed_items,
        "category": category,
        "gan_val_kid": gan.val_kid,
        "unfit": not_fit_to_show(gan),
        **dataclasses.asdict(config),
        "source": GAN,
    }


def user_vector(
    context: CatalogContext, args: DesignOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the vector and the items of the user of a command.

    Args:
        context: Catalog with the users and items.
        args: Options of the `design` command.

    Returns:
        Theta, float32 [K], and the items that the user likes, int64 [n].
    """
    if args.user:
        user = context.user(args.user)
        liked = context.trained.interactions.train[user].numpy()
        return context.user_vector(user), liked
    liked = context.items(args.seed_items)
    return context.ensemble.encode_user(liked), liked


def summarize_designs(design_set: DesignSet) -> str:
    """Returns the message about a design set."""
    standing = design_set.standing
    z_scores = standing.z_score(design_set.designs.preferences)
    best = standing.z_score(standing.scores).max()
    return (
        f"{len(z_scores)} designs of category "
        f"{design_set.category_items.name!r}: scores "
        f"{z_scores.min():+.2f} to {z_scores.max():+.2f}, best catalog "
        f"image {best:+.2f} ({_units(standing)})"
    )


def _summarize_restyled(restyled: Restyled, standing: ScoreDistribution) -> str:
    z_scores = standing.z_score(restyled.path.preferences.numpy())
    return (
        f"restyled image: score {z_scores[0]:+.2f} before, "
        f"{z_scores[-1]:+.2f} after ({_units(standing)})"
    )


def _units(standing: ScoreDistribution) -> str:
    num_images = len(standing.scores)
    return (
        f"standard deviations above the mean of {num_images:,} catalog images"
    )
