"""Publishes a designer as a new version."""

import dataclasses
from collections.abc import Sequence

from export.publishing.designer_golden import designer_examples
from export.publishing.publish_servable import describe_run
from export.publishing.publish_servable import publish_servable
from export.publishing.publisher import publishing
from export.publishing.version import check_model_dir
from export.servables.designer import DesignerServable
from trainer.design.design_context import DesignContext
from trainer.design.search_config import SearchConfig
from trainer.gan.trained_gan import load_trained_gan

MODEL = "designer"


def export_designer(
    run_dirs: Sequence[str],
    gan_run_dir: str,
    model_dir: str,
    search: SearchConfig,
    keep: int | None = None,
    data_dirs: Sequence[str] = (),
) -> str:
    """Publishes a GAN with the recommenders whose score it maximizes.

    Args:
        run_dirs: Run folders of the recommenders.
        gan_run_dir: Run folder of the GAN.
        model_dir: Folder of all versions.
        search: Options of the search for a design.
        keep: Number of models to keep, each in its newest version; None for
            all versions.
        data_dirs: Folders of the data sets of the runs, for `Run.load`.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If one of the runs is not trained, the recommenders are not
            an ensemble, their data lack a category of the GAN, or the version
            does not pass its checks.
    """
    check_model_dir(model_dir, MODEL)
    gan = load_trained_gan(gan_run_dir)
    context = DesignContext.load(run_dirs, gan, search, data_dirs)
    category_items = [context.category_items(name) for name in gan.categories]
    designer = DesignerServable(context, category_items)
    metadata = {
        "run": describe_run(context.run),
        "ensemble_runs": list(map(describe_run, context.ensemble.runs[1:])),
        "gan_run": describe_run(gan.run),
        "search": dataclasses.asdict(search),
    }
    examples = designer_examples(context, category_items)
    with publishing(model_dir, MODEL, keep) as publisher:
        return publish_servable(publisher, MODEL, designer, examples, metadata)
