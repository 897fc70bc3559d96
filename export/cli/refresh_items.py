"""The `refresh-items` subcommand: a trained recommender with other items."""

import dataclasses

from atelier.cli.flags import Command
from atelier.cli.flags import option
from atelier.schema.manifest import Manifest
from export.cli.publish_flags import PublishRecommenderOptions
from export.cli.publish_flags import print_published
from export.publishing.version import check_model_dir
from export.publishing.version import newest_version
from trainer.recommender.config import RecommenderConfig
from trainer.training.run import Run
from trainer.training.run_flags import data_dirs_option


@dataclasses.dataclass(frozen=True, kw_only=True)
class RefreshItemsOptions(PublishRecommenderOptions):
    """Options of `refresh-items`."""

    data_dirs: tuple[str, ...] = data_dirs_option("--run_data_dir")
    data_dir: str = option(..., "prepared data with the new items")
    other_run: bool = option(
        False,
        "publish a run even if it is not the one that is served",
        action="store_true",
    )


def _run(args: RefreshItemsOptions) -> None:
    check_model_dir(args.model_dir, "recommender")
    served = newest_version(args.model_dir)
    options = args.merge(served.metadata if served else {})
    Run.load(args.run_dir, RecommenderConfig, args.data_dirs).check_data()
    Manifest.read(args.data_dir)
    # Imported when the flags are checked, because it takes seconds.
    from export.publishing.publish_recommender import MODEL
    from export.publishing.refresh_items import refresh_items

    version = refresh_items(
        args.run_dir,
        args.data_dir,
        args.model_dir,
        options,
        other_run=args.other_run,
        data_dirs=args.data_dirs,
    )
    print_published(version, MODEL)


REFRESH_ITEMS = Command(
    "refresh-items",
    _run,
    (RefreshItemsOptions,),
    summary="publish a recommender with other items, without training",
    description="Publishes the recommender that is served with the items "
    "of another data set,\nwithout training. New items are in stock and "
    "ranked by their images. Removed\nitems are no longer recommended. "
    "The preferences learned for users do not\nchange.",
)
