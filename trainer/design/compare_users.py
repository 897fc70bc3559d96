"""Designs and catalog images of many users, compared, with files and text."""

import shutil
from collections.abc import Sequence

from tqdm import tqdm

from atelier.io.errors import UserError
from trainer.design import comparison_files
from trainer.design.arm_metrics import Judge
from trainer.design.blind_page import PAGE
from trainer.design.blind_page import write_blind_page
from trainer.design.categories import category_index
from trainer.design.comparison import JUDGE
from trainer.design.comparison import PREFERENCE
from trainer.design.comparison import PURCHASES
from trainer.design.comparison import compare
from trainer.design.comparison_arms import arms_of
from trainer.design.comparison_arms import show_all
from trainer.design.composed_context import ComposedContext
from trainer.design.design_context import DesignContext
from trainer.design.ensemble import Ensemble
from trainer.design.gan_quality import not_fit_to_show
from trainer.design.garments import has_masks
from trainer.design.held_out_purchases import likeness_z_score
from trainer.design.held_out_scorer import HeldOutScorer
from trainer.design.run_flags import ComparisonOptions
from trainer.design.sample_users import sample_users
from trainer.design.search_config import ComparisonConfig
from trainer.design.user_category import UserCategory
from trainer.gan.trained_gan import TrainedGan
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.ssim import WINDOW


def compare_users(args: ComparisonOptions, config: ComparisonConfig) -> None:
    """Compares all arms; writes and prints the results.

    Args:
        args: Options of the `compare-designs` command.
        config: Parameters of the search and of the comparison.

    Raises:
        UserError: If a run does not fit the comparison.
    """
    gan = load_trained_gan(args.gan_run_dir) if args.gan_run_dir else None
    if gan:
        _check_gan(gan, args.categories)
    ensemble = Ensemble.load(args.run_dirs, args.data_dirs)
    generated = DesignContext.combine(ensemble, gan, config) if gan else None
    composed = _composed_context(ensemble, args.cut_generator)
    context = generated or composed
    if context is None:
        raise UserError(
            f"{ensemble.runs[0].data_dir} has no masks of the garments to "
            "compose designs of; set --gan_run_dir, or prepare the data with "
            "--background white"
        )
    names = args.categories or context.category_names
    categories = [context.category_items(name) for name in names]
    apart = None
    if args.judge_run_dir:
        apart = HeldOutScorer.load(
            args.judge_run_dir, context, categories, args.data_dirs
        )
    cases = sample_users(
        context, categories, config, apart.user_vectors if apart else None
    )
    arms = arms_of(generated, composed)
    cells = [
        show_all(arms, case, config)
        for case in tqdm(cases, "users and categories", disable=None)
    ]
    comparison = compare(
        cells, _judges(apart), apart.name if apart else "", config.seed
    )
    comparison_files.write_comparison(args.out, comparison, cells)
    write_blind_page(args.out, cells, config.num_pairs, config.seed)
    if gan and (reason := not_fit_to_show(gan)):
        print(f"{reason}\n")
    print(comparison_files.text(comparison, shutil.get_terminal_size().columns))
    files = (
        comparison_files.TABLE,
        comparison_files.FIGURES,
        comparison_files.PICTURE,
        PAGE,
    )
    print(f"\nwritten to {args.out}: {', '.join(files)}")


def _composed_context(
    ensemble: Ensemble, cut_generator: str
) -> ComposedContext | None:
    """Returns the garments of the catalog, None for data without masks."""
    if not has_masks(ensemble.runs[0].data_dir):
        return None
    return ComposedContext.load(ensemble, cut_generator)


def _judges(apart: HeldOutScorer | None) -> dict[str, Judge]:
    """Returns the judges by column name."""
    judges: dict[str, Judge] = {
        PREFERENCE: UserCategory.z_score,
        PURCHASES: likeness_z_score,
    }
    if apart:
        judges[JUDGE] = apart.z_score
    return judges


def _check_gan(gan: TrainedGan, names: Sequence[str]) -> None:
    """Raises UserError if the GAN's image size or categories do not fit."""
    if gan.image_size < WINDOW:
        raise UserError(
            f"{gan.run.run_dir} generates images of {gan.image_size} pixels, "
            f"but SSIM requires at least {WINDOW}; use a GAN with a larger "
            "--image_size"
        )
    for name in names:
        category_index(gan, name)
